import type { Appointment, Status } from '../../scheduling/index.js';
import type { VisitFacts } from '../site/visit.js';
import { merge, type Base } from './merge.js';

const AT = Date.UTC(2027, 2, 15, 14);
const HALF_HOUR = 1_800_000;

const place = { start: AT, end: AT + HALF_HOUR, providerId: 'prv_1', operatoryId: 'opr_1' };
const elsewhere = { ...place, start: AT + HALF_HOUR, end: AT + 2 * HALF_HOUR };
const base: Base = { ...place, status: 'scheduled', confirmed: false };

function theirs(changes: Partial<VisitFacts> = {}): VisitFacts {
  return { ...base, foreignId: '1', date: '2027-03-15', pattern: null, asap: false, changedAt: 1, ...changes };
}

function ours(changes: Partial<Appointment> = {}, status: Status = 'booked'): Appointment {
  return { ...place, status, officeConfirmedAt: null, patientConfirmedAt: null, ...changes } as Appointment;
}

describe('what becomes of an appointment when the practice system tells of it', () => {
  it.each([
    ['nothing has changed', theirs(), ours(), { kind: 'nothing' }],
    ['only ours has changed: it is written later', theirs(), ours(elsewhere), { kind: 'nothing' }],
    ['both made the same change', theirs(elsewhere), ours(elsewhere), { kind: 'nothing' }],
    ['both cancelled it, each in its words', theirs({ status: 'deleted' }), ours({}, 'cancelled'), { kind: 'nothing' }],
    [
      'it was moved there',
      theirs(elsewhere),
      ours(),
      { kind: 'take', fact: { ...elsewhere, progress: 'scheduled', confirmed: null } },
    ],
    [
      'it was deleted there',
      theirs({ status: 'deleted' }),
      ours(),
      { kind: 'take', fact: { ...place, progress: 'cancelled', confirmed: null } },
    ],
    [
      'it was confirmed there while the patient moved it here',
      theirs({ confirmed: true }),
      ours(elsewhere),
      { kind: 'take', fact: { ...elsewhere, progress: 'scheduled', confirmed: true } },
    ],
    [
      'the patient is there',
      theirs({ status: 'arrived' }),
      ours(),
      { kind: 'take', fact: { ...place, progress: 'arrived', confirmed: null } },
    ],
    [
      'the patient confirmed here while it was moved there',
      theirs(elsewhere),
      ours({ patientConfirmedAt: 1 }, 'confirmed'),
      { kind: 'take', fact: { ...elsewhere, progress: 'scheduled', confirmed: null } },
    ],
    [
      'somebody there whom the catalogue does not have took it over',
      theirs({ providerId: null }),
      ours(),
      { kind: 'take', fact: { ...place, progress: 'scheduled', confirmed: null } },
    ],
    [
      'both moved it, to different times',
      theirs(elsewhere),
      ours({ ...place, providerId: 'prv_2' }),
      { kind: 'conflict' },
    ],
    ['it was cancelled there and moved here', theirs({ status: 'cancelled' }), ours(elsewhere), { kind: 'conflict' }],
    ['it was moved there and cancelled here', theirs(elsewhere), ours({}, 'cancelled'), { kind: 'conflict' }],
  ])('%s', (_what, visit, appointment, expected) => {
    expect(merge(base, visit, appointment)).toEqual(expected);
  });

  it('takes a first sight for what it is, whatever differs: there is nothing to compare it with', () => {
    expect(merge(null, theirs(elsewhere), ours())).toEqual({ kind: 'nothing' });
    expect(merge(null, theirs({ status: 'completed' }), ours())).toMatchObject({ fact: { progress: 'completed' } });
  });

  it('sees a write of ours whose answer was lost as what it is', () => {
    const half = theirs({ ...elsewhere, changedAt: 2 });
    expect(merge(base, half, ours({ ...elsewhere, officeConfirmedAt: 1 }, 'confirmed'))).toEqual({ kind: 'nothing' });
  });
});

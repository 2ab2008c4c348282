import {
  CatalogUnderTest,
  here,
  newPractice,
  operatory,
  provider,
  reason,
  scopeOf,
  there,
} from '../../test/harness/catalog.js';
import { UnitOfWork } from '../persistence/index.js';
import {
  canonicalCarrier,
  Catalog,
  CatalogImport,
  CatalogSetup,
  eligibleReasons,
  Insurance,
  pairingsOf,
  suggestCarriers,
  type Reason,
} from './index.js';
import { freeSlug, slugOf } from './reasons/slug.js';

const rooms = new CatalogUnderTest();
beforeAll(() => rooms.start());
afterAll(() => rooms.stop());

describe('the snapshot', () => {
  it('is one frozen object until something changes, in whichever process', async () => {
    const { practice, chair, doctor, visit } = await rooms.smallPractice();
    const scope = scopeOf(practice);
    const [a, b] = [rooms.one.app.get(Catalog), rooms.two.app.get(Catalog)];
    const first = await b.snapshot(scope);
    expect(first.reasonById.get(visit.id)?.name).toBe('New patient exam');
    expect(pairingsOf(first.reasons[0]!, first)).toMatchObject([
      { provider: { _id: doctor.id }, operatories: [{ _id: chair.id }] },
    ]);
    expect(() => (first.providers[0]!.operatoryIds as string[]).push('x')).toThrow(TypeError);
    await rooms.smallPractice();
    expect(await b.snapshot(scope)).toBe(first);
    for (const path of [`reasons/${visit.id}`, `providers/${doctor.id}`, `operatories/${chair.id}`]) {
      await rooms.one.call(practice, 'PATCH', `/v1/${path}`, { order: 7 });
      const [ours, theirs] = await Promise.all([a.snapshot(scope), b.snapshot(scope)]);
      expect(theirs.version).toBe(ours.version);
      expect(theirs.version).toBeGreaterThan(first.version);
    }
    await rooms.one.call(practice, 'PATCH', '/v1/insurance-settings', { acceptOther: false });
    expect((await b.snapshot(scope)).insuranceSettings.acceptOther).toBe(false);
    await rooms.one.call(practice, 'DELETE', `/v1/reasons/${visit.id}`);
    expect((await b.snapshot(scope)).reasons).toEqual([]);
  });

  it('always fits together while the catalogue changes', async () => {
    const practice = newPractice();
    const chair = await rooms.made(practice, 'operatories', operatory());
    let over = false;
    const change = (async () => {
      for (let n = 0; n < 8; n += 1) {
        const doctor = await rooms.made(practice, 'providers', provider([chair.id]));
        const visit = await rooms.made(practice, 'reasons', reason([doctor.id], [chair.id]));
        await rooms.one.call(practice, 'DELETE', `/v1/reasons/${visit.id}`);
        await rooms.one.call(practice, 'DELETE', `/v1/providers/${doctor.id}`);
      }
    })().finally(() => (over = true));
    let reads = 0;
    while (!over) {
      const { reasons, providerById } = await rooms.two.app.get(Catalog).snapshot(scopeOf(practice));
      for (const { providerIds } of reasons) expect(providerIds.filter((id) => !providerById.has(id))).toEqual([]);
      reads += 1;
    }
    await change;
    expect(reads).toBeGreaterThan(5);
  });
});

describe('the import', () => {
  const upsert = (practice: string, found: { foreignId: string; pmsName: string; role?: 'hygienist' | 'dentist' }) =>
    rooms.one.app.get(UnitOfWork).run((tx) =>
      rooms.one.app.get(CatalogImport).upsertProvider(scopeOf(practice), tx, {
        connectionId: 'con_1',
        firstName: 'Pat',
        lastName: 'Lee',
        ...found,
      }),
    );

  it('makes hidden providers, follows the practice system, and leaves alone what staff changed', async () => {
    const practice = newPractice();
    const made = await upsert(practice, { foreignId: '7', pmsName: 'LEE PAT', role: 'dentist' });
    expect(made).toMatchObject({ change: 'created', item: { active: false, displayName: 'LEE PAT', email: null } });
    expect((await upsert(practice, { foreignId: '7', pmsName: 'LEE PAT', role: 'dentist' })).change).toBe('unchanged');
    const path = `/v1/providers/${made.item._id}`;
    const edited = await rooms.one.call(practice, 'PATCH', path, { displayName: 'Dr. Lee', active: true });
    expect(edited.body).toMatchObject({ staffEdited: ['active', 'displayName'], foreign: { foreignId: '7' } });
    const followed = await upsert(practice, { foreignId: '7', pmsName: 'LEE, PAT', role: 'hygienist' });
    expect(followed).toMatchObject({
      change: 'changed',
      item: { pmsName: 'LEE, PAT', role: 'hygienist', displayName: 'Dr. Lee', active: true },
    });
    const both = await Promise.all([1, 2].map(() => upsert(practice, { foreignId: '8', pmsName: 'TWIN' })));
    expect(both.map(({ change }) => change).sort()).toEqual(['created', 'unchanged']);
  });

  it('hides what has gone over there, unless reasons need it', async () => {
    const practice = newPractice();
    const chair = await rooms.made(practice, 'operatories', operatory());
    const items = [];
    for (const foreignId of ['1', '2', '3'])
      items.push((await upsert(practice, { foreignId, pmsName: foreignId })).item._id);
    for (const id of items) {
      await rooms.one.call(practice, 'PATCH', `/v1/providers/${id}`, {
        active: true,
        operatoryIds: [chair.id],
        locationIds: [here],
      });
    }
    const visit = await rooms.made(practice, 'reasons', reason([items[0]!], [chair.id]));
    const result = await rooms.one.app
      .get(UnitOfWork)
      .run((tx) => rooms.one.app.get(CatalogImport).retireProviders(scopeOf(practice), tx, 'con_1', new Set(['3'])));
    expect(result).toEqual({
      retired: [items[1]],
      held: [{ id: items[0], reasons: [{ id: visit.id, name: visit.name }] }],
    });
    const active = await rooms.one.call(practice, 'GET', '/v1/providers?active=true');
    expect(active.body.data.map(({ id }: { id: string }) => id).sort()).toEqual([items[0], items[2]].sort());
  });
});

describe('insurance', () => {
  const check = (practice: string, asked: { carrierId?: string; carrierName?: string }) =>
    rooms.one.app.get(Insurance).check(scopeOf(practice), asked);

  it('compares names without case, accents, punctuation and idle words, aliases too', async () => {
    const practice = newPractice();
    const aetna = await rooms.made(practice, 'carriers', { name: 'Aetna', aliases: ['Aetna Dental PPO'] });
    const cigna = await rooms.made(practice, 'carriers', { name: 'Cigna', status: 'out_of_network' });
    const hidden = await rooms.made(practice, 'carriers', { name: 'Humana', active: false });
    for (const [asked, result, id] of [
      [{ carrierId: aetna.id }, 'accepted', aetna.id],
      [{ carrierName: 'the AETNA insurance co.' }, 'accepted', aetna.id],
      [{ carrierName: 'Aetna-Dental P.P.O.' }, 'accepted', aetna.id],
      [{ carrierName: 'Aétna' }, 'accepted', aetna.id],
      [{ carrierName: 'cigna' }, 'out_of_network', cigna.id],
      [{ carrierName: 'Humana' }, 'other', undefined],
      [{ carrierName: 'Aetnas' }, 'other', undefined],
      [{ carrierName: '???' }, 'other', undefined],
    ] as const) {
      const answer = await check(practice, asked);
      expect([asked, answer.result, answer.carrier?.id]).toEqual([asked, result, id]);
    }
    for (const asked of [{ carrierId: hidden.id }, {}, { carrierId: aetna.id, carrierName: 'Aetna' }]) {
      await expect(check(practice, asked)).rejects.toMatchObject({ code: 'invalid_request' });
    }
    await expect(check(newPractice(), { carrierId: aetna.id })).rejects.toMatchObject({ code: 'invalid_request' });
    const twice = await rooms.one.call(practice, 'POST', '/v1/carriers', { name: 'Other', aliases: ['AETNA, Inc.'] });
    expect([twice.status, twice.body.carrier]).toEqual([409, { id: aetna.id, name: 'Aetna' }]);
  });

  it('follows the settings of the practice, which start with defaults and are checked', async () => {
    const practice = newPractice();
    const path = '/v1/insurance-settings';
    const unsaved = await rooms.one.call(practice, 'GET', path);
    expect([unsaved.body.version, unsaved.body.acceptOther, unsaved.headers.get('etag')]).toEqual([0, true, '"v0"']);
    const question = { id: 'since', label: 'Since when?', type: 'text' };
    for (const [body, pointer] of [
      [{ showOtherWarning: true }, '/otherWarningText'],
      [{ questions: [{ ...question, type: 'choice', choices: ['a'] }] }, '/questions/0/choices'],
      [{ questions: [{ ...question, choices: ['a', 'b'] }] }, '/questions/0/choices'],
      [{ questions: [question, question] }, '/questions/1/id'],
      [{ acceptOther: null }, '/acceptOther'],
      [{ askPlan: 'always' }, '/askPlan'],
    ] as const) {
      const answer = await rooms.one.call(practice, 'PATCH', path, body);
      expect([body, answer.status, answer.body.errors?.[0].pointer]).toEqual([body, 400, pointer]);
    }
    expect((await rooms.one.call(practice, 'GET', path)).body.version).toBe(0);
    const wanted = {
      acceptOther: false,
      showOutOfNetwork: true,
      outOfNetworkText: 'You pay at the visit.',
      askSubscriberId: 'required',
      askPlan: 'optional',
      questions: [{ ...question, choices: [], required: false }],
    };
    const saved = await rooms.one.call(practice, 'PATCH', path, wanted, { 'if-match': '"v0"' });
    expect(saved.body).toMatchObject({ ...wanted, version: 1 });
    expect((await rooms.one.call(practice, 'PATCH', path, wanted, { 'if-match': '"v0"' })).status).toBe(412);
    expect((await rooms.two.call(practice, 'PATCH', path, wanted)).body.version).toBe(1);
    expect(await check(practice, { carrierName: 'Nobody' })).toEqual({
      result: 'not_accepted',
      carrier: null,
      message: 'You pay at the visit.',
      fields: { groupNumber: 'off', subscriberId: 'required', subscriberName: 'off', plan: 'optional' },
      requiredFields: ['subscriberId'],
      questions: wanted.questions,
    });
  });

  it('suggests well-known names by the beginning of a word', async () => {
    expect(suggestCarriers('DELTA', 3)).toEqual([
      'Delta Dental',
      'Delta Dental of Arizona',
      'Delta Dental of California',
    ]);
    expect(suggestCarriers('elta', 9)).toEqual([]);
    const answer = await rooms.one.call(newPractice(), 'GET', '/v1/carriers/suggestions?q=metl');
    expect(answer.body).toEqual({ data: ['MetLife'] });
  });
});

describe('the set-up', () => {
  it('says what is missing and what looks wrong, step by step', async () => {
    const practice = newPractice();
    const setup = rooms.one.app.get(CatalogSetup);
    const steps = async () => {
      const scope = scopeOf(practice);
      const states = [await setup.providers(scope), await setup.reasons(scope), await setup.insurance(scope)];
      return states.map(({ done, warnings }) => [done, warnings.length]);
    };
    expect(await steps()).toEqual([
      [false, 0],
      [false, 0],
      [false, 0],
    ]);
    const chair = await rooms.made(practice, 'operatories', operatory());
    const doctor = await rooms.made(practice, 'providers', provider([]));
    expect(await steps()).toEqual([
      [false, 1],
      [false, 0],
      [false, 0],
    ]);
    await rooms.one.call(practice, 'PATCH', `/v1/providers/${doctor.id}`, { operatoryIds: [chair.id] });
    await rooms.made(practice, 'reasons', reason([doctor.id], [chair.id]));
    expect(await steps()).toEqual([
      [true, 0],
      [true, 1],
      [false, 0],
    ]);
    await rooms.made(practice, 'reasons', reason([doctor.id], [chair.id], { patientTypes: ['returning'] }));
    await rooms.one.call(practice, 'PATCH', '/v1/insurance-settings', { acceptOther: false });
    expect(await steps()).toEqual([
      [true, 0],
      [true, 0],
      [true, 1],
    ]);
    await rooms.one.call(practice, 'PATCH', '/v1/insurance-settings', { skipped: true });
    expect(await steps()).toEqual([
      [true, 0],
      [true, 0],
      [true, 0],
    ]);
  });

  it('knows which locations are in use', async () => {
    const { practice } = await rooms.smallPractice();
    const setup = rooms.one.app.get(CatalogSetup);
    const held = (id: string) =>
      rooms.one.app.get(UnitOfWork).run((tx) => setup.holdsLocation(scopeOf(practice), id, tx));
    expect([await held(here), await held(there)]).toEqual([true, false]);
    await rooms.made(practice, 'providers', provider([], { locationIds: [there] }));
    expect([await held(there), await setup.holdsLocation(scopeOf(newPractice()), there)]).toEqual([true, false]);
  });
});

describe('a schedule', () => {
  const week = (change: object) =>
    [0, 1, 2, 3, 4, 5, 6].map((weekday) => ({
      weekday,
      on: true,
      hours: [],
      blocked: [],
      ...(weekday === 2 ? change : {}),
    }));
  const span = (start: string, end: string) => ({ start, end });

  it('is refused when it makes no sense, and kept in order', async () => {
    const { practice, doctor } = await rooms.smallPractice();
    const path = `/v1/providers/${doctor.id}`;
    for (const body of [
      { weekdays: week({}).slice(1) },
      { weekdays: week({ weekday: 3 }) },
      { weekdays: week({ weekday: 7 }) },
      { weekdays: week({ hours: [span('10:00', '09:00')] }) },
      { weekdays: week({ hours: [span('09:00', '09:00')] }) },
      { weekdays: week({ blocked: [span('09:00', '11:00'), span('10:00', '12:00')] }) },
      { weekdays: week({ hours: [span('9:00', '12:00')] }) },
      { weekdays: week({ hours: [span('24:00', '24:00')] }) },
      { weekdays: week({ more: 1 }) },
      { exceptions: [{ date: '2027-02-29', off: true }] },
      { exceptions: [{ date: '2027-03-01' }] },
      { exceptions: [{ date: '2027-03-01', off: true, hours: [] }] },
      {
        exceptions: [
          { date: '2027-03-01', off: true },
          { date: '2027-03-01', blocked: [] },
        ],
      },
      { exceptions: [{ date: '2027-03-01', hours: [span('10:00', '09:00')] }] },
    ]) {
      expect([body, (await rooms.one.call(practice, 'PATCH', path, body)).status]).toEqual([body, 400]);
    }
    const kept = await rooms.one.call(practice, 'PATCH', path, {
      weekdays: week({ hours: [span('13:00', '24:00'), span('08:00', '12:00')] }).reverse(),
      exceptions: [
        { date: '2027-03-02', off: true },
        { date: '2027-03-01', hours: [span('08:00', '09:00')] },
      ],
    });
    expect(kept.body.weekdays[2]).toEqual({
      weekday: 2,
      on: true,
      hours: [span('08:00', '12:00'), span('13:00', '24:00')],
      blocked: [],
    });
    expect(kept.body.exceptions.map(({ date }: { date: string }) => date)).toEqual(['2027-03-01', '2027-03-02']);
  });
});

describe('eligibility', () => {
  const rule = (more: Partial<Reason>) =>
    ({ active: true, patientTypes: ['new'], minAge: null, maxAge: null, ...more }) as Reason;
  const may = (reason: Reason, dateOfBirth?: string, on = '2027-03-15') =>
    eligibleReasons([reason], { patientType: 'new', dateOfBirth, on }).length === 1;

  it('goes by type, state and age on the day of the visit, both ends included', () => {
    expect(may(rule({}))).toBe(true);
    expect(may(rule({ active: false }))).toBe(false);
    expect(may(rule({ patientTypes: ['returning'] }))).toBe(false);
    expect(may(rule({ minAge: 18 }), '2009-03-15')).toBe(true);
    expect(may(rule({ minAge: 18 }), '2009-03-16')).toBe(false);
    expect(may(rule({ minAge: 18 }), '2009-03-16', '2027-03-16')).toBe(true);
    expect(may(rule({ maxAge: 17 }), '2009-03-16')).toBe(true);
    expect(may(rule({ maxAge: 17 }), '2009-03-15')).toBe(false);
    expect(may(rule({ minAge: 18 }))).toBe(true);
    expect(may(rule({ minAge: 18 }), '')).toBe(true);
  });
});

describe('names', () => {
  it('become slugs that are free', () => {
    expect(slugOf('  Crème & Brûlée: 2nd visit! ')).toBe('creme-brulee-2nd-visit');
    expect(slugOf('初診')).toBe('visit');
    expect(freeSlug('visit', new Set(['visit', 'visit-2']))).toBe('visit-3');
    expect(freeSlug('x'.repeat(60), new Set(['x'.repeat(60)]))).toBe(`${'x'.repeat(58)}-2`);
  });

  it('of carriers that are only idle words stay what they are', () => {
    expect(canonicalCarrier('The Insurance Company')).toBe('the insurance company');
    expect(canonicalCarrier('A&B')).toBe('a and b');
  });
});

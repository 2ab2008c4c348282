import { Persistence } from '../../src/persistence/index.js';
import type { StoredVisit } from '../oracles/overlaps.js';
import type { ApiAnswer } from './api.js';
import { PracticeUnderTest } from './practice.js';

type Json = ApiAnswer['body'];

/** Slots that can be had together, as a search gives them. */
export interface Option {
  start: string;
  end: string;
  slots: { id: string; start: string; local: string; providerId: string; reasonId: string }[];
}

export const idsOf = (option: Option | undefined): string[] => (option?.slots ?? []).map(({ id }) => id);
export const localsOf = (option: Option | undefined): string[] => (option?.slots ?? []).map(({ local }) => local);

/** The option one of whose visits is at this wall time. */
export function optionAt(options: Option[], time: string): Option {
  const found = options.find(({ slots }) => slots.some(({ local }) => local.endsWith(`T${time}`)));
  if (!found) throw new Error(`no option at ${time}`);
  return found;
}

/** Status, code and pointers of a refusal. */
export async function codeOf(answer: Promise<ApiAnswer>): Promise<unknown[]> {
  const { status, body } = await answer;
  return [status, body.code, ...(body.errors ?? []).map(({ pointer }: { pointer: string }) => pointer)];
}

/** Who comes to a visit, of patients that the practice has. */
export const returning = (patientIds: string[]): object[] =>
  patientIds.map((patientId) => ({ patientId, patientType: 'returning' }));

/** A practice whose patients come together, and a look into its book. */
export class GroupPractice extends PracticeUnderTest {
  get db() {
    return this.app.app.get(Persistence).connection.db!;
  }

  async patient(firstName: string, more: object = {}): Promise<string> {
    const email = `${firstName.toLowerCase()}@example.com`;
    const person = { firstName, lastName: 'Lane', dateOfBirth: '1990-04-23', email, ...more };
    return (await this.ok('POST', 'patients', person)).id;
  }

  /** Options of one day, all of them unless `more` says otherwise. */
  groups(from: string, members: object[], more: object = {}): Promise<Option[]> {
    return this.options('groups', { members, from, days: 1, optionsPerDay: 50, ...more });
  }

  series(from: string, visits: object): Promise<Option[]> {
    return this.options('series', { from, days: 1, optionsPerDay: 50, ...visits });
  }

  holdAll(slotIds: string[]): Promise<Json> {
    return this.ok('POST', 'holds/groups', { slotIds });
  }

  /** `visits` say who comes, one for each slot or one for all. */
  bookAll(groupHoldId: string, visits: object[]): Promise<ApiAnswer> {
    return this.call('POST', 'appointments/groups', { groupHoldId, visits });
  }

  /** Refs of all that stands on the pages of a place. */
  async takenAt(placeId: string): Promise<Set<string>> {
    const pages = await this.db.collection('pages').find({ placeId }).toArray();
    return new Set(pages.flatMap(({ entries }) => (entries as { ref: string }[]).map(({ ref }) => ref)));
  }

  /** Visits of a location that take time. */
  visitsAt(locationId: string): Promise<(StoredVisit & { _id: string; patientId: string })[]> {
    const filter = { locationId, status: { $in: ['requested', 'booked', 'confirmed'] } };
    return this.db.collection<StoredVisit & { _id: string; patientId: string }>('appointments').find(filter).toArray();
  }

  private async options(what: string, body: object): Promise<Option[]> {
    const { days } = await this.ok('POST', `availability/${what}`, body);
    return days.flatMap((day: { options: Option[] }) => day.options);
  }
}

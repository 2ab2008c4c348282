import { createHash } from 'node:crypto';
import type { PmsAdapter, PmsCapabilities, PmsRead } from '@openchair/plugin-kit';
import { derivedId } from '../../kernel/index.js';

/** What a practice system lists beside its book. The first three set a practice up; recalls say who is due. */
export const LISTS = [
  'carriers',
  'appointment_types',
  'procedure_codes',
  'recalls',
] as const satisfies readonly PmsRead[];
export type List = (typeof LISTS)[number];
export type SetUpList = Exclude<List, 'recalls'>;

export const PULLS = {
  carriers: 'pullCarriers',
  appointment_types: 'pullAppointmentTypes',
  procedure_codes: 'pullProcedureCodes',
  recalls: 'pullRecalls',
} as const satisfies Record<List, keyof PmsAdapter>;

/** The lists that a practice system lets be read. */
export function listsOf({ read }: Pick<PmsCapabilities, 'read'>): List[] {
  return LISTS.filter((list) => read.includes(list));
}

/** What a list is called to people, in the middle of a sentence. */
export const LIST_WORDS: Record<List, string> = {
  carriers: 'carriers',
  appointment_types: 'appointment types',
  procedure_codes: 'procedure codes',
  recalls: 'recalls',
};

const HOUR = 3_600_000;

/** How often what is read; all in milliseconds and local days. Lists can wait: the book comes first. */
export const LIST_RHYTHM = {
  everyMs: { carriers: 24 * HOUR, appointment_types: 24 * HOUR, procedure_codes: 24 * HOUR, recalls: 6 * HOUR },
  /** A vendor that gives one hint after the other does not get the list read all the time. */
  hintGapMs: { carriers: 60_000, appointment_types: 60_000, procedure_codes: 60_000, recalls: 15 * 60_000 },
  /** Recalls that are due from so many days ago to so many days ahead, some days at a time. */
  recallPastDays: 365,
  recallAheadDays: 365,
  recallPartDays: 183,
  /** A list may take its time. */
  readMs: 30_000,
  /** Waits after failures of one list in a row. */
  patienceMs: [15_000, 60_000, 300_000, 900_000, 1_800_000],
} as const;

/** Kind of due work: one row for every connection, beside those that read and write its book. */
export const LISTING = 'sync.lists';

/** The id of a record here follows from its id there: reading it again finds it, and never makes it twice. */
export function listItemId(connectionId: string, list: SetUpList, foreignId: string): string {
  return derivedId('pmsListItem', seedOf([connectionId, list, foreignId]));
}

export function recallId(connectionId: string, foreignId: string): string {
  return derivedId('recall', seedOf([connectionId, foreignId]));
}

function seedOf(parts: readonly string[]): Buffer {
  return createHash('sha256').update(JSON.stringify(parts)).digest();
}

/** Text for comparison: no accents, no case. */
export function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

import assert from 'node:assert/strict';
import type { BaseStand, Check } from './check.js';
import { call } from './check.js';
import type { Emulator } from './emulator.js';
import type { InboundEvent } from '../inbound.js';
import type { Page, PmsAppointment, UnreadableRecord } from '../pms-records.js';
import type { Readings } from '../read-records.js';
import type { Call } from '../deps.js';
import {
  type DayRange,
  type NewPmsAppointment,
  type PatientRequest,
  PMS_METHODS,
  PMS_READS,
  type PmsAdapter,
  type PmsCapabilities,
  type PmsRead,
  type PmsTopic,
  type PullQuery,
} from '../pms.js';

/** A time in the book of the emulated PMS. */
export type Place = Pick<NewPmsAppointment, 'providerForeignId' | 'operatoryForeignId' | 'start' | 'end'>;

/** What the PMS suite needs beside the adapter. */
export interface PmsStand extends BaseStand<PmsAdapter> {
  /** Days of the book that hold hours, visits of more than one page, and patients who are due. */
  readonly range: DayRange;
  /** A person the emulated PMS does not know yet, with a date of birth, a phone number and an e-mail address. */
  readonly newcomer: Required<PatientRequest>;
  /**
   * Texts that must not get out of the adapter: its credentials, and what the emulated PMS holds of people that scheduling does
   * not need (SSN, licence numbers).
   */
  readonly secrets: readonly string[];
  /** What the adapter has logged so far. */
  readonly lines: readonly string[];
  /** `count` places in `range` that are free and do not touch each other. */
  freePlaces(count: number): Promise<readonly Place[]>;
  /** Staff enter a visit in the PMS itself; returns its foreign id. */
  enterAtFrontDesk(place: Place): Promise<string>;
  /** From now on one record of that list cannot be read. A visit keeps its id, but its time is nonsense. */
  spoilRecord(kind: PmsRead): Promise<void>;
  /** For plugins that speak HTTP. */
  readonly emulator?: Emulator;
  /** For plugins that take webhooks: the vendor's bytes for one event or several, and the headers that sign any bytes. */
  readonly webhooks?: {
    body(events: readonly InboundEvent<PmsTopic>[]): Uint8Array;
    sign(body: Uint8Array): Record<string, string>;
    /** False for a vendor whose webhooks bear a secret but no signature over their bytes. */
    readonly signsBody?: boolean;
  };
  /** How many live visits the PMS itself holds at that place: the truth, whatever the adapter says. */
  countAt(place: Place): Promise<number>;
}

/** One page of a pull. */
export type Pull = (next: PullQuery) => Promise<Page<object>>;

/** The pulls that the adapter has, by capability, over the stand's days. */
export function pullsOf({ adapter, range }: PmsStand): [kind: PmsRead, pull: Pull][] {
  return PMS_READS.flatMap((kind): [PmsRead, Pull][] => {
    const [method] = PMS_METHODS.read[kind];
    const pull = adapter[method] as ((call: Call, query: object) => Promise<Page<object>>) | undefined;
    return pull ? [[kind, (next) => pull.call(adapter, call(), { ...range, ...next })]] : [];
  });
}

/** What a pull reads to its end. */
export async function readPages(pull: Pull): Promise<Readings<{ readonly foreignId?: string }>> {
  const unreadable: UnreadableRecord[] = [];
  const records = await readAll(async (next) => {
    const page = await pull(next);
    unreadable.push(...(page.unreadable ?? []));
    return page;
  });
  return { records, unreadable };
}

export type PmsCheck = Check<PmsCapabilities, PmsStand>;

/** Reads a pull to its end: `pull` gets the cursor of each page. Fails on a pull that does not come to an end. */
export async function readAll<T>(pull: (next: PullQuery) => Promise<Page<T>>): Promise<T[]> {
  const records: T[] = [];
  let next: PullQuery = {};
  for (let pages = 0; pages < 1_000; pages += 1) {
    const page: Page<T> = await pull(next);
    assert.ok(Number.isInteger(page.asOf), 'asOf is an instant in epoch milliseconds');
    records.push(...page.records);
    if (page.nextCursor === undefined) return records;
    assert.notEqual(page.nextCursor, next.cursor, 'the next cursor differs from the last one');
    next = { cursor: page.nextCursor };
  }
  assert.fail('the pull does not come to an end within 1,000 pages');
}

/** A request to write a visit for the newcomer at `place`. */
export async function requestAt(stand: PmsStand, place: Place, reference: string): Promise<NewPmsAppointment> {
  const { adapter, newcomer } = stand;
  const patientForeignId = adapter.findOrCreatePatient
    ? (await adapter.findOrCreatePatient(call('newcomer'), newcomer)).foreignId
    : (await readAll((next) => adapter.pullPatients!(call(), next)))[0]?.foreignId;
  assert.ok(patientForeignId, 'the PMS has at least one patient');
  return { ...place, reference, patientForeignId };
}

/** Writes a visit for the newcomer at `place`. */
export async function bookAt(stand: PmsStand, place: Place, reference: string): Promise<PmsAppointment> {
  return stand.adapter.createAppointment!(call(reference), await requestAt(stand, place, reference));
}

/** The first of the stand's free places. */
export async function freePlace(stand: PmsStand): Promise<Place> {
  const [place] = await stand.freePlaces(1);
  assert.ok(place, 'the stand gives a free place');
  return place;
}

/** Two of the stand's free places. */
export async function twoFreePlaces(stand: PmsStand): Promise<[Place, Place]> {
  const [first, second] = await stand.freePlaces(2);
  assert.ok(first && second, 'the stand gives two free places');
  return [first, second];
}

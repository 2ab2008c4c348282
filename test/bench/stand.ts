import type { Collection } from 'mongodb';
import { DemoPlatform } from '../harness/demo.js';
import { PracticeClient } from '../harness/practice.js';

const DAY_MS = 86_400_000;

/** The demo practice on built applications in processes of their own, spoken to with its API key. */
export interface Stand {
  platform: DemoPlatform;
  practice: PracticeClient;
}

export async function openStand(processes = 1, role: 'api' | 'all' = 'api'): Promise<Stand> {
  const platform = await DemoPlatform.start({ env: { ROLE: role }, processes });
  const { apiKey } = platform.keys;
  return { platform, practice: Object.assign(new PracticeClient(), { apiKey, baseUrl: platform.app.baseUrl }) };
}

export interface Crew {
  locationId: string;
  providerIds: string[];
  operatoryIds: string[];
}

const WIDE_HOURS = [0, 1, 2, 3, 4, 5, 6].map((weekday) => ({ weekday, start: '08:00', end: '18:00' }));

/** A location where every provider works in every operatory, each day from 8 to 18 o'clock. */
export async function crewOf(practice: PracticeClient, providers: number, operatories: number): Promise<Crew> {
  const { id: locationId } = await practice.location({ hours: WIDE_HOURS });
  const operatoryIds: string[] = [];
  for (let i = 0; i < operatories; i++) operatoryIds.push((await practice.operatory(locationId)).id);
  const providerIds: string[] = [];
  for (let i = 0; i < providers; i++) providerIds.push((await practice.provider([locationId], operatoryIds)).id);
  return { locationId, providerIds, operatoryIds };
}

/** Dates from today on. */
export function datesAhead(days: number): string[] {
  const now = Date.now();
  return Array.from({ length: days }, (_, ahead) => new Date(now + ahead * DAY_MS).toISOString().slice(0, 10));
}

/** Writes days of the book on which each provider has visits of 30 minutes in part of the half hours, each in an operatory. */
export async function fillBook(stand: Stand, crew: Crew, dates: readonly string[], share: number): Promise<void> {
  let state = 20_270_315;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const written = Date.now() - DAY_MS;
  const documents = dates.map((date) => {
    const entries = [];
    for (let half = 16; half < 36; half++) {
      for (const [index, providerId] of crew.providerIds.entries()) {
        if (random() >= share) continue;
        const time = { start: half * 30, end: half * 30 + 30, kind: 'appointment', ref: `apt_bench${half}x${index}` };
        entries.push({ resource: providerId, ...time });
        entries.push({ resource: crew.operatoryIds[index % crew.operatoryIds.length], ...time });
      }
    }
    const { practiceId: tenantId } = stand.platform.keys;
    const base = {
      tenantId,
      createdAt: written,
      updatedAt: written,
      version: 1,
      holds: [],
      hours: null,
      blockouts: [],
    };
    return {
      _id: `${tenantId}:${crew.locationId}:${date}`,
      placeId: crew.locationId,
      date,
      entries,
      ...base,
    };
  });
  await pagesOf(stand).insertMany(documents);
}

export function pagesOf(stand: Stand): Collection<{ _id: string }> {
  return stand.platform.db.collection<{ _id: string }>('pages');
}

import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { JsonPart } from '../../http/index.js';
import { addDays, dayStart, type LocalDate } from '../../kernel/index.js';
import type { Page } from '../book/page.schema.js';
import type { Ground } from './ground.js';
import type { Slot } from './query.js';
import type { Shelf } from './shelf.js';
import { slotView } from './slot-view.js';
import { slotsOn } from './slots-on.js';

const MINUTE_MS = 60_000;
/** What one process keeps at most, of days and of answers made of them. */
const KEPT_BYTES = 48_000_000;
const KEPT_ANSWER_BYTES = 24_000_000;
const BEGIN = new JsonPart('{"days":[');
const COMMA = new JsonPart(',');

/** A day as it stands in answers. */
export interface DayText {
  /** `{date, slots}`. */
  json: JsonPart;
  first: Slot | null;
}

/** The days of an answer. */
interface DaysText {
  days: readonly DayText[];
  /** `{"days":[…`, without the end of the list. */
  json: JsonPart;
  first: Slot | null;
}

interface KeptDay extends DayText {
  pages: readonly (Page | undefined)[];
  /** Epoch ms: a hold ends, or the next minute of a day that time itself changes. */
  until: number;
}

/**
 * Days in the form of answers. Many visitors ask a practice the same question: a day whose pages are still the same, in
 * the same catalogue and settings, and which no notice, horizon or ending hold has reached since, is not worked out again.
 */
@Injectable()
export class DayTexts {
  private readonly kept = new Map<string, KeptDay>();
  private bytes = 0;
  private readonly answers = new LRUCache<string, DaysText>({
    maxSize: KEPT_ANSWER_BYTES,
    sizeCalculation: ({ json }) => json.weight,
  });

  /** The beginning of an answer about these days; the same as long as each day is. */
  list(ground: Ground, dates: readonly LocalDate[], shelf: Shelf): DaysText {
    const days = dates.map((date) => this.of(ground, date, shelf));
    const key = ground.key === null ? null : `${ground.key} ${dates[0]} ${dates.length}`;
    const known = key === null ? undefined : this.answers.get(key);
    if (known?.days.every((day, index) => day === days[index])) return known;
    const parts = days.flatMap(({ json }, index) => (index === 0 ? json : [COMMA, json]));
    const first = days.find((day) => day.first !== null)?.first ?? null;
    const list = { days, json: new JsonPart([BEGIN, ...parts]), first };
    if (key !== null) this.answers.set(key, list);
    return list;
  }

  of(ground: Ground, date: LocalDate, shelf: Shelf): DayText {
    if (ground.key === null) return made(ground, date, shelf);
    const key = `${ground.key} ${date}`;
    const pages = shelf.pagesBehind(date);
    const known = this.kept.get(key);
    if (known && known.until > ground.now && samePages(known.pages, pages)) {
      this.kept.delete(key);
      this.kept.set(key, known);
      return known;
    }
    const day = { ...made(ground, date, shelf), pages, until: endOf(ground, date, pages) };
    this.keep(key, day);
    return day;
  }

  /** The least recently used ones leave first. */
  private keep(key: string, day: KeptDay): void {
    this.drop(key);
    this.kept.set(key, day);
    this.bytes += weight(key, day);
    for (const oldest of this.kept.keys()) {
      if (this.bytes <= KEPT_BYTES) return;
      this.drop(oldest);
    }
  }

  private drop(key: string): void {
    const day = this.kept.get(key);
    if (!day) return;
    this.kept.delete(key);
    this.bytes -= weight(key, day);
  }
}

function weight(key: string, { json }: DayText): number {
  return key.length + json.weight;
}

function made(ground: Ground, date: LocalDate, shelf: Shelf): DayText {
  const slots = slotsOn(ground, date, shelf);
  return { json: new JsonPart(JSON.stringify({ date, slots: slots.map(slotView) })), first: slots[0] ?? null };
}

/** Until when the day stays as it is if its pages do. */
function endOf(ground: Ground, date: LocalDate, pages: readonly (Page | undefined)[]): number {
  const { now } = ground;
  // Rules compare minutes: a minute's first millisecond may differ from the rest of it.
  let end = isSettled(ground, date)
    ? Infinity
    : now % MINUTE_MS === 0
      ? now + 1
      : Math.ceil(now / MINUTE_MS) * MINUTE_MS;
  for (const page of pages) {
    for (const { expiresAt } of page?.entries ?? []) {
      if (expiresAt !== undefined && expiresAt > now && expiresAt < end) end = expiresAt;
    }
  }
  return end;
}

/** Whether the day lies wholly between the earliest and the latest start that are allowed now. */
function isSettled({ places, now }: Ground, date: LocalDate): boolean {
  return places.every(({ zone, notBefore, notAfter }) => {
    const begin = dayStart(zone, date);
    return now < begin && notBefore <= begin && notAfter >= dayStart(zone, addDays(date, 1)) - MINUTE_MS;
  });
}

function samePages(a: readonly (Page | undefined)[], b: readonly (Page | undefined)[]): boolean {
  return a.length === b.length && a.every((page, index) => page === b[index]);
}

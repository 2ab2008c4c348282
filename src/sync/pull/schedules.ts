import { Injectable } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import type { LocalInterval, PmsScheduleRecord } from '@openchair/plugin-kit';
import { addDays, wallIntervalToElapsed, type LocalDate } from '../../kernel/index.js';
import type { Filter } from '../../persistence/index.js';
import { pageId, Pages, type Page, type PageBlockout, type PageHours } from '../../scheduling/index.js';
import { collect, PmsClient, refuseSuddenlyEmpty } from '../site/pms-client.js';
import type { Site } from '../site/site.js';
import { UnreadableRecords } from '../unreadable/unreadable-records.js';
import type { PageRewrites } from './page-rewrites.js';

interface DaySchedule {
  hours: PageHours[];
  blockouts: PageBlockout[];
}

/** When people work and what is set apart, day by day. A pull of a day is complete. */
@Injectable()
export class Schedules {
  constructor(
    private readonly client: PmsClient,
    private readonly pages: Pages,
    private readonly unreadable: UnreadableRecords,
  ) {}

  /**
   * Puts the days from `from` to `to` (both included) whose schedule has changed into `rewrites`. Returns how many records
   * came. While some of them cannot be read, what was set apart in these days stays so: nothing opens by an error.
   */
  async pull(site: Site, from: LocalDate, to: LocalDate, rewrites: PageRewrites): Promise<number> {
    if (!site.capabilities.read.includes('schedules')) return 0;
    const days = new Map<LocalDate, DaySchedule>();
    for (let date = from; date <= to; date = addDays(date, 1)) days.set(date, { hours: [], blockouts: [] });
    const list = await collect(this.client.pages(site, 'pullSchedules', { from, to }));
    await this.unreadable.meet(site, 'schedules', list);
    for (const record of list.records) {
      const day = days.get(record.date);
      if (day) add(site, day, record);
    }
    const records = list.records.length;
    const { tenantId } = site.scope;
    const ids = [...days.keys()].map((date) => pageId(tenantId, site.locationId, date));
    const known = await this.pages
      .forTenant(site.scope)
      .pick({ _id: { $in: ids } } as Filter<Page>, ['date', 'hours', 'blockouts']);
    if (records === 0 && known.some(({ hours }) => hours !== null && hours.length > 0)) refuseSuddenlyEmpty(site);
    const byDate = new Map(known.map((page) => [page.date, page]));
    for (const [date, { hours, blockouts: told }] of days) {
      const page = byDate.get(date);
      const blockouts = list.unreadable.length > 0 ? union(told, page?.blockouts ?? []) : told;
      const same = isDeepStrictEqual(page?.hours, hours) && isDeepStrictEqual(page?.blockouts, blockouts);
      if (!same) rewrites.schedule(site.locationId, date, hours, blockouts);
    }
    return records;
  }
}

function union(told: PageBlockout[], known: readonly PageBlockout[]): PageBlockout[] {
  return [...told, ...known.filter((one) => !told.some((other) => isDeepStrictEqual(one, other)))];
}

/** Wall times become minutes of the day here and nowhere else; people whom the catalogue does not have are left out. */
function add(site: Site, day: DaySchedule, record: PmsScheduleRecord): void {
  const idOf = (map: ReadonlyMap<string, string>, foreignId: string | undefined) =>
    foreignId === undefined ? undefined : map.get(foreignId);
  const providerId = idOf(site.providers, record.providerForeignId);
  const operatoryId = idOf(site.operatories, record.operatoryForeignId);
  if (record.kind === 'hours') {
    if (providerId === undefined || (record.operatoryForeignId !== undefined && operatoryId === undefined)) return;
    for (const interval of record.intervals) {
      for (const [start, end] of elapsed(site, record.date, interval))
        day.hours.push({ providerId, operatoryId: operatoryId ?? null, start, end });
    }
    return;
  }
  for (const resource of [providerId, operatoryId]) {
    if (resource === undefined) continue;
    for (const [start, end] of elapsed(site, record.date, record))
      day.blockouts.push({ resource, start, end, type: record.type });
  }
}

function elapsed(site: Site, date: LocalDate, { start, end }: LocalInterval): [number, number][] {
  const [from, to] = [minutesOf(start), minutesOf(end)];
  return from < to ? wallIntervalToElapsed(site.zone, date, from, to) : [];
}

function minutesOf(wallTime: string): number {
  return Number(wallTime.slice(0, 2)) * 60 + Number(wallTime.slice(3, 5));
}

import {
  type Call,
  type DayRange,
  type LocalDate,
  type LocalInterval,
  type Page,
  type PluginZone,
  type PmsBlockout,
  type PmsHours,
  type PmsScheduleRecord,
  type Readings,
  readRecords,
} from '@openchair/plugin-kit';
import type { NexHealthApi } from './api.js';
import type { NexHealthConfig } from './config.js';
import { addDays, datesBetween, dayStart, wallTimeOf } from './days.js';
import { pageOf } from './pages.js';
import { operatoriesOf } from './people.js';
import { idOf, instantText, knownIdOf, refOf, requiredInstantOf, type Row } from './rows.js';
import { isCancelled } from './visit-record.js';
import { joined, workingHoursOf, type WorkingHours } from './working-hours.js';

/** NexHealth does not say what a block is for. */
const BLOCK = 'Unavailable';
/** A block that began so long before the days that are asked for may still reach into them. */
const LONGEST_BLOCK_DAYS = 31;

/** Working hours and blocks, day by day, both in the practice's wall time. */
export class Schedules {
  constructor(
    private readonly api: NexHealthApi,
    private readonly zone: PluginZone,
    private readonly source: NexHealthConfig['workingHours'],
  ) {}

  async pull(call: Call, range: DayRange): Promise<Page<PmsScheduleRecord>> {
    const query = { location_id: this.api.locationId, source: this.source, active: true };
    const rows = await this.api.whole(call, '/working_hours', query);
    const asOf = this.api.now();
    const rules = readRecords(rows, workingHoursOf, knownIdOf);
    const days = datesBetween(range.from, range.to);
    const hours = days.flatMap((date) => [...hoursOn(date, rules.records), ...labelsOn(date, rules.records)]);
    const blocks = await this.blocks(call, range);
    const unreadable = [...rules.unreadable, ...blocks.unreadable];
    return pageOf({ records: [...hours, ...blocks.records], unreadable }, asOf);
  }

  /** Blocks are visits of nobody that make time unavailable. One of no person and no room closes every room. */
  private async blocks(call: Call, { from, to }: DayRange): Promise<Readings<PmsBlockout>> {
    const rows = await this.api.whole(call, '/appointments', {
      location_id: this.api.locationId,
      start: instantText(dayStart(this.zone, addDays(from, -LONGEST_BLOCK_DAYS))),
      end: instantText(dayStart(this.zone, addDays(to, 1)) - 1_000),
      unavailable: true,
      cancelled: false,
    });
    const live = rows.filter((row) => !isCancelled(row));
    const isOfAll = (row: Row) => [row['provider_id'], row['operatory_id']].every((id) => refOf(id) === undefined);
    const rooms = live.some(isOfAll) ? (await operatoriesOf(this.api, call)).map(idOf) : [];
    const blockoutsOf = (row: Row) => {
      const own = [{ provider: refOf(row['provider_id']), operatory: refOf(row['operatory_id']) }];
      const resources = isOfAll(row) ? rooms.map((operatory) => ({ provider: undefined, operatory })) : own;
      const spans = this.spansOf(row).filter(({ date }) => date >= from && date <= to);
      return spans.flatMap(({ date, start, end }) =>
        resources.map(({ provider, operatory }): PmsBlockout => ({
          kind: 'blockout',
          foreignId: [idOf(row), date, ...(isOfAll(row) ? [operatory] : [])].join(':'),
          type: BLOCK,
          ...(provider === undefined ? {} : { providerForeignId: provider }),
          ...(operatory === undefined ? {} : { operatoryForeignId: operatory }),
          date,
          start,
          end,
        })),
      );
    };
    return readRecords(live, blockoutsOf, knownIdOf);
  }

  /** What a block takes of each day. */
  private spansOf(row: Row): (LocalInterval & { readonly date: LocalDate })[] {
    const begin = wallTimeOf(this.zone, requiredInstantOf(row, 'start_time'));
    const finish = wallTimeOf(this.zone, requiredInstantOf(row, 'end_time'));
    return datesBetween(begin.date, finish.date)
      .map((date) => ({
        date,
        start: date === begin.date ? begin.time : '00:00',
        end: date === finish.date ? finish.time : '24:00',
      }))
      .filter(({ start, end }) => start < end);
  }
}

/** One record for each provider and room, and one for the hours that name no room. */
function hoursOn(date: LocalDate, rules: readonly WorkingHours[]): PmsHours[] {
  const places = new Map<string, PmsHours>();
  for (const { providerForeignId, operatoryForeignId, start, end, isOn } of rules) {
    if (!isOn(date)) continue;
    const place = `${providerForeignId}|${operatoryForeignId ?? ''}`;
    const intervals = joined([...(places.get(place)?.intervals ?? []), { start, end }]);
    const room = operatoryForeignId === undefined ? {} : { operatoryForeignId };
    places.set(place, { kind: 'hours', providerForeignId, ...room, date, intervals });
  }
  return [...places.values()];
}

/** Hours under a label are set apart for visits of that kind. */
function labelsOn(date: LocalDate, rules: readonly WorkingHours[]): PmsBlockout[] {
  return rules.flatMap(({ id, label, providerForeignId, operatoryForeignId, start, end, isOn }) => {
    if (label === undefined || !isOn(date)) return [];
    const room = operatoryForeignId === undefined ? {} : { operatoryForeignId };
    return [
      { kind: 'blockout', foreignId: `hours-${id}:${date}`, type: label, providerForeignId, ...room, date, start, end },
    ];
  });
}

import {
  type AppointmentsQuery,
  type LocalDate,
  type Page,
  type PatientsQuery,
  type PluginDeps,
  type PmsAppointment,
  type PmsPatient,
  type PmsScheduleRecord,
  type PullQuery,
  Rejected,
  type SchedulesQuery,
} from '@openchair/plugin-kit';
import type { Book } from './book.js';
import { addDays, datesBetween } from './dates.js';
import type { PatientRegister } from './patients.js';
import type { Practice } from './practice.js';
import { asOf as visitAsOf, recordOf } from './visit.js';

const DAYS_PER_PAGE = 14;
const PATIENTS_PER_PAGE = 100;
const RECORDS_PER_PAGE = 500;

/** Reads in pages. A cursor carries the instant of the first page, so that `asOf` misses no change made meanwhile. */
export class Pulls {
  constructor(
    private readonly practice: Practice,
    private readonly book: Book,
    private readonly patients: PatientRegister,
    private readonly clock: PluginDeps['clock'],
    private readonly lag: () => Promise<number>,
  ) {}

  /** Everything on one page. */
  whole<T>(records: readonly T[]): Page<T> {
    return { records, asOf: this.clock.now() };
  }

  /** Some of a long list at a time. */
  part<T>(records: readonly T[], { cursor }: PullQuery): Page<T> {
    const [asOf, position] = this.parse(cursor, '0');
    const start = Number(position);
    if (!Number.isInteger(start)) throw new Rejected('bad_cursor');
    const next = start + RECORDS_PER_PAGE;
    const more = next < records.length ? { nextCursor: `${asOf}~${next}` } : {};
    return { records: records.slice(start, next), asOf, ...more };
  }

  async schedules({ from, to, cursor }: SchedulesQuery): Promise<Page<PmsScheduleRecord>> {
    return this.byDays(from, to, cursor, async (first, last) =>
      datesBetween(first, last).flatMap((date) => [...this.practice.hours(date), ...this.practice.blockouts(date)]),
    );
  }

  async appointments({ from, to, cursor, updatedSince = 0 }: AppointmentsQuery): Promise<Page<PmsAppointment>> {
    return this.byDays(from, to, cursor, async (first, last) => {
      const then = this.clock.now() - (await this.lag());
      const visits = (await this.book.visits(first, last)).flatMap((visit) => visitAsOf(visit, then) ?? []);
      const records = visits.map((visit) => recordOf(visit, then));
      return records.filter((record) => record.updatedAt >= updatedSince);
    });
  }

  /** Seeded patients first, then those entered since. */
  async allPatients({ cursor, updatedSince = 0 }: PatientsQuery): Promise<Page<PmsPatient>> {
    const [asOf, position] = this.parse(cursor, '0');
    const isWanted = (patient: PmsPatient) => patient.updatedAt >= updatedSince;
    const start = Number(position);
    const seeded = this.practice.patients;
    if (Number.isInteger(start) && start < seeded.length) {
      const records = seeded.slice(start, start + PATIENTS_PER_PAGE).filter(isWanted);
      const next = Math.min(start + PATIENTS_PER_PAGE, seeded.length);
      return { records, asOf, nextCursor: `${asOf}~${next === seeded.length ? 'n' : next}` };
    }
    const entered = await this.patients.entered(position === 'n' ? undefined : position, PATIENTS_PER_PAGE);
    const last = entered.at(-1);
    const more = entered.length === PATIENTS_PER_PAGE && last ? { nextCursor: `${asOf}~${last.foreignId}` } : {};
    return { records: entered.filter(isWanted), asOf, ...more };
  }

  private async byDays<T>(
    from: LocalDate,
    to: LocalDate,
    cursor: string | undefined,
    read: (first: LocalDate, last: LocalDate) => Promise<T[]>,
  ): Promise<Page<T>> {
    const [asOf, first] = this.parse(cursor, from);
    const next = addDays(first, DAYS_PER_PAGE);
    const records = await read(first, next > to ? to : addDays(next, -1));
    return { records, asOf, ...(next > to ? {} : { nextCursor: `${asOf}~${next}` }) };
  }

  private parse(cursor: string | undefined, start: string): [asOf: number, position: string] {
    if (cursor === undefined) return [this.clock.now(), start];
    const parts = /^(\d{1,16})~([a-z0-9-]{1,60})$/.exec(cursor);
    if (!parts) throw new Rejected('bad_cursor');
    return [Number(parts[1]), parts[2]!];
  }
}

import { type LocalDate, type PluginZone, Rejected, Unreadable } from '@openchair/plugin-kit';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TIMESTAMP = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(?::(\d\d))?$/;

/**
 * Open Dental's date-times say no zone: they are the office's wall time. This is the one place where they become instants
 * and where instants become them, also in the hour that a clock change lets happen twice.
 */
export class LocalTimes {
  constructor(private readonly zone: PluginZone) {}

  /** The minute of a visit, in epoch milliseconds; undefined for 0001-01-01. A time that happens twice is the first. */
  visitAt(text: string): number | undefined {
    const parts = parse(text, 'AptDateTime');
    return parts && this.zone.toInstant(`${parts.date}T${parts.time}`);
  }

  /**
   * When a record was changed. Of two instants with that wall time it is the later one that `now` has reached already: changes
   * that follow each other must not seem to go back.
   */
  changedAt(text: string, now: number): number | undefined {
    const parts = parse(text, 'DateTStamp');
    if (!parts) return undefined;
    const local = `${parts.date}T${parts.time}`;
    const first = this.zone.toInstant(local);
    const second = [HOUR, HOUR / 2].map((later) => first + later).find((at) => this.zone.toLocal(at) === local);
    return (second !== undefined && second <= now ? second : first) + parts.seconds * 1_000;
  }

  /** What the server's clock showed when it answered: the earlier one of two instants, so that no change is missed. */
  servedAt(text: string): number | undefined {
    const parts = parse(text, 'serverDateTime');
    return parts && this.zone.toInstant(`${parts.date}T${parts.time}`) + parts.seconds * 1_000;
  }

  /**
   * The timestamp after which everything has changed that changed at `instant` or later. When clocks fall back within
   * the hour, later changes bear earlier times: then it is as much earlier.
   */
  since(instant: number): string {
    const seconds = instant - 1_000;
    const [now, later] = [this.wall(seconds), this.wall(seconds + HOUR)];
    const fallen = Math.max(0, HOUR - (later - now));
    return new Date(now - fallen).toISOString().slice(0, 19).replace('T', ' ');
  }

  /** An instant on a minute as the API wants it. Throws `Rejected` for one that its wall time does not name. */
  textOf(instant: number): string {
    const local = this.zone.toLocal(instant);
    if (this.zone.toInstant(local) !== instant) throw new Rejected('local_time_ambiguous');
    return `${local.replace('T', ' ')}:00`;
  }

  dateOf(instant: number): LocalDate {
    return this.zone.toLocal(instant).slice(0, 10);
  }

  /** Wall time as if it were UTC, with the seconds that the zone cuts off. */
  private wall(instant: number): number {
    return Date.parse(`${this.zone.toLocal(instant)}:00Z`) + (((instant % MINUTE) + MINUTE) % MINUTE);
  }
}

/** Undefined for 0001-01-01. Throws `Unreadable` for what is no date-time. */
function parse(text: string, field: string): { date: LocalDate; time: string; seconds: number } | undefined {
  const [, date, time, seconds = '0'] = TIMESTAMP.exec(text) ?? [];
  if (date === undefined || time === undefined) throw new Unreadable(field, 'malformed');
  return date < '1800-01-01' ? undefined : { date, time, seconds: Number(seconds) };
}

import { isStoreConflict, type LocalDate, NotFound, type PluginDeps, Rejected, Retryable } from '@openchair/plugin-kit';
import { Conflict } from '@openchair/plugin-kit';
import { alternativesTo } from './alternatives.js';
import { addDays } from './dates.js';
import type { Practice } from './practice.js';
import { changed, isLive, overlaps, type Place, type Visit } from './visit.js';

/** A day of the book. `rev` 0: nobody has written to it yet and its content is the seed's. */
export interface BookDay {
  readonly date: LocalDate;
  readonly rev: number;
  readonly visits: readonly Visit[];
}

/** On which day a visit is that was written through the book; seeded visits carry the day in their id. */
interface VisitIndex {
  readonly date: LocalDate;
}

const ATTEMPTS = 12;

/**
 * The appointment book: one stored document per local day, written under its revision, so that of two writers of one
 * time one sees the other. A day that nobody wrote to is not stored.
 */
export class Book {
  constructor(
    private readonly practice: Practice,
    private readonly deps: Pick<PluginDeps, 'store' | 'clock' | 'zone'>,
  ) {}

  /** Local date of an instant. */
  dateOf(instant: number): LocalDate {
    return this.deps.zone.toLocal(instant).slice(0, 10);
  }

  async day(date: LocalDate): Promise<BookDay> {
    const stored = await this.deps.store.get<Visit[]>(`day/${date}`);
    return { date, rev: stored?.rev ?? 0, visits: stored?.value ?? this.practice.visits(date) };
  }

  /** Every visit in the book from `from` to `to` (both included), by day, then in the order of entry. */
  async visits(from: LocalDate, to: LocalDate): Promise<Visit[]> {
    const stored = new Map<string, readonly Visit[]>();
    let after = `day/${addDays(from, -1)}`;
    for (;;) {
      const written = await this.deps.store.list<Visit[]>('day/', { after, limit: 100 });
      for (const { key, value } of written) stored.set(key, value);
      const last = written.at(-1)?.key;
      if (written.length < 100 || last === undefined || last > `day/${to}`) break;
      after = last;
    }
    const now = this.deps.clock.now();
    const found: Visit[] = [];
    for (let date = from; date <= to; date = addDays(date, 1)) {
      const visits = stored.get(`day/${date}`) ?? this.practice.visits(date);
      found.push(...visits.filter((visit) => visit.enteredAt <= now));
    }
    return found;
  }

  /** The visit, whatever its status, or null. */
  async find(foreignId: string): Promise<Visit | null> {
    return (await this.locate(foreignId))?.visit ?? null;
  }

  /**
   * Enters a visit. One with the same foreign id is left as it is and returned. Throws `Conflict` when its provider or
   * operatory is taken, unless `force`: staff may double-book.
   */
  async enter(visit: Visit, options: { force?: boolean } = {}): Promise<Visit> {
    const date = this.dateOf(visit.start);
    const known = await this.find(visit.foreignId);
    if (known) return known;
    await this.deps.store.put(`visit/${visit.foreignId}`, { date } satisfies VisitIndex);
    return this.write(date, async (visits) => {
      const twin = visits.find((other) => other.foreignId === visit.foreignId);
      if (twin) return [visits, twin];
      return [[...(await this.cleared(visits, visit, options)), visit], visit];
    });
  }

  /** Gives a visit another place; `silently` without a trace in its time of change. Throws `NotFound`, `Conflict`, or `Rejected` for a visit that is not to come. */
  async move(foreignId: string, to: Place, options: { force?: boolean; silently?: boolean } = {}): Promise<Visit> {
    const found = await this.locate(foreignId);
    if (!found) throw new NotFound('visit_not_found');
    if (found.visit.status !== 'scheduled') throw new Rejected('visit_not_scheduled');
    if (isAt(found.visit, to)) return found.visit;
    const date = this.dateOf(to.start);
    const moved = await this.write(date, async (visits) => {
      const others = visits.filter((visit) => visit.foreignId !== foreignId);
      // Marks that were set meanwhile go with it.
      const latest = visits.find((visit) => visit.foreignId === foreignId) ?? found.visit;
      const there = changed(latest, { ...to, updatedAt: options.silently ? latest.updatedAt : this.deps.clock.now() });
      return [[...(await this.cleared(others, there, options)), there], there];
    });
    if (date !== found.date) {
      await this.pointTo(foreignId, date, found.indexRev);
      const left = await this.write(found.date, async (visits) => [
        visits.filter((visit) => visit.foreignId !== foreignId),
        visits.find((visit) => visit.foreignId === foreignId),
      ]);
      // So do those that were set on the day that it has left.
      if (left && left.updatedAt !== found.visit.updatedAt) {
        const { confirmed, status, asap, note } = left;
        return this.change(foreignId, () => ({ confirmed, status, asap, ...(note === undefined ? {} : { note }) }));
      }
    }
    return moved;
  }

  /** Changes marks of a visit in place. A visit that has them already is not touched. Throws `NotFound`. */
  mark(foreignId: string, marks: Partial<Pick<Visit, 'status' | 'confirmed' | 'asap'>>): Promise<Visit> {
    return this.change(foreignId, () => marks);
  }

  /** Puts a line below the note of a visit, unless it stands there. Throws `NotFound`. */
  note(foreignId: string, line: string): Promise<Visit> {
    return this.change(foreignId, ({ note = '' }) => {
      const lines = note === '' ? [] : note.split('\n');
      return { note: (lines.includes(line) ? lines : [...lines, line]).join('\n') };
    });
  }

  private async change(foreignId: string, change: (visit: Visit) => Partial<Visit>): Promise<Visit> {
    const found = await this.locate(foreignId);
    if (!found) throw new NotFound('visit_not_found');
    return this.write(found.date, async (visits) => {
      const visit = visits.find((other) => other.foreignId === foreignId);
      if (!visit) throw new NotFound('visit_not_found');
      const marks = change(visit);
      if (Object.entries(marks).every(([name, value]) => visit[name as keyof Visit] === value)) return [visits, visit];
      const marked = changed(visit, { ...marks, updatedAt: this.deps.clock.now() });
      return [visits.map((other) => (other === visit ? marked : other)), marked];
    });
  }

  /** The index moves under its revision: of two moves to different days one must undo itself. */
  private async pointTo(foreignId: string, date: LocalDate, expectedRev: number): Promise<void> {
    try {
      await this.deps.store.put(`visit/${foreignId}`, { date } satisfies VisitIndex, { expectedRev });
    } catch (error) {
      if (!isStoreConflict(error)) throw error;
      await this.write(date, async (visits) => [visits.filter((visit) => visit.foreignId !== foreignId), null]);
      throw new Conflict([], 'visit_changed_meanwhile');
    }
  }

  private async locate(foreignId: string): Promise<{ visit: Visit; date: LocalDate; indexRev: number } | null> {
    const index = await this.deps.store.get<VisitIndex>(`visit/${foreignId}`);
    const seeded = /^(\d{4})(\d\d)(\d\d)\d\d$/.exec(foreignId);
    const date = index?.value.date ?? seeded?.slice(1, 4).join('-');
    if (date === undefined) return null;
    const now = this.deps.clock.now();
    const visit = (await this.day(date)).visits.find(
      (other) => other.foreignId === foreignId && other.enteredAt <= now,
    );
    return visit ? { visit, date, indexRev: index?.rev ?? 0 } : null;
  }

  /**
   * The visits that stay when `wanted` is entered. A seeded visit that is not in the book yet gives way for ever.
   * Throws `Conflict` when one that is in the book overlaps.
   */
  private async cleared(visits: readonly Visit[], wanted: Visit, options: { force?: boolean }): Promise<Visit[]> {
    const now = this.deps.clock.now();
    const inTheWay = visits.filter((visit) => overlaps(visit, wanted));
    if (!options.force && inTheWay.some((visit) => isLive(visit, now))) {
      throw new Conflict(await alternativesTo(wanted, this.practice, this, this.deps));
    }
    return visits.filter((visit) => visit.enteredAt <= now || !inTheWay.includes(visit));
  }

  private async write<T>(
    date: LocalDate,
    change: (visits: readonly Visit[]) => Promise<[after: readonly Visit[], result: T]>,
  ): Promise<T> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const day = await this.day(date);
      const [after, result] = await change(day.visits);
      if (after === day.visits) return result;
      try {
        await this.deps.store.put(`day/${date}`, after, { expectedRev: day.rev });
        return result;
      } catch (error) {
        if (!isStoreConflict(error)) throw error;
      }
    }
    throw new Retryable('book_busy', { outcome: 'not_done' });
  }
}

function isAt(visit: Visit, place: Place): boolean {
  return (
    visit.start === place.start &&
    visit.end === place.end &&
    visit.providerForeignId === place.providerForeignId &&
    visit.operatoryForeignId === place.operatoryForeignId &&
    visit.pattern === place.pattern
  );
}

import { Injectable } from '@nestjs/common';
import { UnitOfWork, type Filter } from '../../persistence/index.js';
import {
  AppointmentRepository,
  Availability,
  Book,
  claimsOfAppointment,
  OCCUPYING,
  Pages,
  type Appointment,
  type Entry,
  type Page,
  type Slot,
} from '../../scheduling/index.js';
import { ExportQueue } from '../push/export-queue.js';
import type { Site } from '../site/site.js';
import { factsIn, isLive, samePlace } from '../site/visit.js';
import { PmsVisits, type PmsVisit } from '../state/pms-visit.schema.js';
import { Conflicts } from './conflicts.js';
import { pagesOf, OverlapMarks } from './overlap-marks.js';

/** Alternatives that are offered, and slots among which they are sought. */
const OFFERED = 3;
const LOOKED_AT = 20;

interface Overlap {
  /** The appointment or hold. */
  ref: string;
  /** The row of the visit that the practice system holds; null: it tells of none. */
  visitId: string | null;
}

/** What was found on some pages. */
interface Found {
  appointments: Overlap[];
  holds: string[];
}

/** Finds what the practice system's word has done to our own claims, and what it has set free again. */
@Injectable()
export class Overlaps {
  constructor(
    private readonly pages: Pages,
    private readonly book: Book,
    private readonly visits: PmsVisits,
    private readonly appointments: AppointmentRepository,
    private readonly availability: Availability,
    private readonly conflicts: Conflicts,
    private readonly marks: OverlapMarks,
    private readonly queue: ExportQueue,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /** Looks at the pages that were written since the last look, by whoever wrote them. */
  async checkMarked(site: Site): Promise<void> {
    const marks = await this.marks.of(site.scope, site.connection._id);
    if (marks.length === 0) return;
    await this.check(site, pagesOf(marks));
    await this.marks.clear(site.scope, marks);
  }

  /** Looks at pages after they were written: claims of ours that came before are seen, later ones met the new entries. */
  private async check(site: Site, pageIds: readonly string[]): Promise<void> {
    if (pageIds.length === 0) return;
    let found = await this.find(site, pageIds);
    if (found.holds.length > 0) {
      await this.book.endHolds(site.scope, found.holds, pageIds);
      // A hold that became an appointment just before is seen as one now.
      found = await this.find(site, pageIds);
    }
    for (const overlap of found.appointments) await this.open(site, overlap);
    await this.closeVanished(site, pageIds, new Set(found.appointments.map(({ ref }) => ref)));
  }

  /** Looks where conflicts are open: what was in the way may have been moved by somebody here. */
  async recheck(site: Site): Promise<void> {
    const open = await this.conflicts.openOnes(site);
    await this.check(site, pagesOf(open));
  }

  private async find(site: Site, pageIds: readonly string[]): Promise<Found> {
    const ours = { entries: { $elemMatch: { kind: { $in: ['appointment', 'hold'] } } } };
    const pages = await this.pages
      .forTenant(site.scope)
      .find({ _id: { $in: [...pageIds] }, ...ours } as unknown as Filter<Page>);
    const appointments = new Map<string, Overlap>();
    const holds = new Set<string>();
    const doubled = new Map<string, [string, string]>();
    for (const { entries } of pages) {
      const taken = byResource(entries.filter(({ kind }) => kind === 'external' || kind === 'appointment'));
      for (const { kind, ref, resource, start, end } of entries) {
        if ((kind !== 'appointment' && kind !== 'hold') || site.unguarded.has(resource)) continue;
        const others = taken.get(resource) ?? [];
        const met = others.filter((other) => other.ref !== ref && other.start < end && other.end > start);
        const external = met.find((other) => other.kind === 'external');
        if (kind === 'hold') {
          if (met.length > 0) holds.add(ref);
        } else if (external) appointments.set(ref, { ref, visitId: external.ref });
        for (const other of met)
          if (kind === 'appointment' && other.kind === kind && ref < other.ref)
            doubled.set(`${ref} ${other.ref}`, [ref, other.ref]);
      }
    }
    for (const overlap of await this.displaced(site, [...doubled.values()]))
      if (!appointments.has(overlap.ref)) appointments.set(overlap.ref, overlap);
    return { appointments: [...appointments.values()], holds: [...holds] };
  }

  /**
   * Of two appointments at one time, the one that has to give way: the practice system put the other one there, or put it
   * there later.
   */
  private async displaced(site: Site, pairs: readonly [string, string][]): Promise<Overlap[]> {
    if (pairs.length === 0) return [];
    const ids = [...new Set(pairs.flat())];
    const [rows, all] = await Promise.all([
      this.visits.forTenant(site.scope).find({ appointmentId: { $in: ids } } as Filter<PmsVisit>),
      this.appointments.forTenant(site.scope).find({ _id: { $in: ids } } as Filter<Appointment>),
    ]);
    const rowOf = new Map(rows.map((row) => [row.appointmentId, row]));
    const told = (id: string): number => {
      const row = rowOf.get(id);
      const appointment = all.find(({ _id }) => _id === id);
      return row && appointment && isLive(row) && samePlace(row, appointment) ? row.changedAt : -1;
    };
    return pairs.map(([one, other]) => {
      const [ref, holder] = told(one) > told(other) ? [other, one] : [one, other];
      return { ref, visitId: rowOf.get(holder)?._id ?? null };
    });
  }

  private async open(site: Site, { ref, visitId }: Overlap): Promise<void> {
    const visit = visitId === null ? null : await this.visits.forTenant(site.scope).findById(visitId);
    if (visit && (await this.conflicts.accepted(site, ref, visit.foreignId))) return;
    const appointment = await this.appointments.forTenant(site.scope).findById(ref);
    // The past is as it was. What was moved after its pages had been read lies over nothing any more.
    if (!appointment || !OCCUPYING.includes(appointment.status) || isOver(appointment)) return;
    if (!(await this.isOverlapped(site, appointment))) return;
    const alternatives = await this.alternatives(site, appointment);
    await this.unitOfWork.run(async (tx) => {
      const fresh = await this.appointments.forTenant(site.scope, tx).getById(ref, 'appointment');
      if (!OCCUPYING.includes(fresh.status) || !samePlace(fresh, appointment)) return;
      await this.conflicts.open(site, tx, fresh, 'overlap', visit && factsIn(visit), alternatives);
    });
  }

  /** A visit stands on several pages when its provider works in several locations: what was looked at may be one of them only. */
  private async closeVanished(site: Site, pageIds: readonly string[], overlapped: ReadonlySet<string>): Promise<void> {
    for (const { appointmentId, kind } of await this.conflicts.on(site, pageIds)) {
      if (overlapped.has(appointmentId) || kind === 'both_changed' || kind === 'gone') continue;
      const seen = await this.appointments.forTenant(site.scope).getById(appointmentId, 'appointment');
      if (await this.isOverlapped(site, seen)) continue;
      await this.unitOfWork.run(async (tx) => {
        const appointment = await this.appointments.forTenant(site.scope, tx).getById(appointmentId, 'appointment');
        await this.conflicts.close(site, tx, appointment, 'vanished');
        await this.queue.ask(site.scope, tx, site.connection, appointment);
      });
    }
  }

  /** Looks at all pages of an appointment, as they are now. */
  private async isOverlapped(site: Site, appointment: Appointment): Promise<boolean> {
    const pageIds = claimsOfAppointment(appointment).map(({ pageId }) => pageId);
    const { appointments } = await this.find(site, pageIds);
    return appointments.some(({ ref }) => ref === appointment._id);
  }

  /**
   * What the practice could offer instead. Nothing that lies over the time itself: of that only the practice system knows how
   * much is taken.
   */
  async alternatives(site: Site, appointment: Appointment): Promise<Appointment['sync']['alternatives']> {
    const found = await this.availability.alternatives(site.scope, appointment, LOOKED_AT).catch(() => []);
    return found
      .filter((slot) => !meet(slot, appointment))
      .slice(0, OFFERED)
      .map(({ start, providerId, operatoryId }) => ({ start, providerId, operatoryId }));
  }
}

/** Whether a slot would take somebody or some room of the appointment in its time. */
function meet(slot: Slot, { start, end, providerId, operatoryId }: Appointment): boolean {
  return slot.start < end && slot.end > start && (slot.providerId === providerId || slot.operatoryId === operatoryId);
}

function isOver({ status }: Appointment): boolean {
  return status === 'completed' || status === 'no_show';
}

function byResource(entries: readonly Entry[]): Map<string, Entry[]> {
  const map = new Map<string, Entry[]>();
  for (const entry of entries) map.set(entry.resource, [...(map.get(entry.resource) ?? []), entry]);
  return map;
}

import { Injectable } from '@nestjs/common';
import { UnitOfWork, type Filter } from '../../persistence/index.js';
import {
  AppointmentRepository,
  Availability,
  Book,
  OCCUPYING,
  Pages,
  type Appointment,
  type Entry,
  type Page,
  type Slot,
} from '../../scheduling/index.js';
import { ExportQueue } from '../push/export-queue.js';
import type { Site } from '../site/site.js';
import { factsIn } from '../site/visit.js';
import { PmsVisits } from '../state/pms-visit.schema.js';
import { Conflicts } from './conflicts.js';

/** Alternatives that are offered, and slots among which they are sought. */
const OFFERED = 3;
const LOOKED_AT = 20;

interface Overlap {
  /** The appointment or hold. */
  ref: string;
  /** The external visit. */
  external: string;
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
    private readonly queue: ExportQueue,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /** Looks at pages that were just written: claims of ours that came before are seen, later ones met the new entries. */
  async check(site: Site, pageIds: readonly string[]): Promise<void> {
    if (pageIds.length === 0) return;
    let found = await this.find(site, pageIds);
    if (found.holds.length > 0) {
      for (const { ref } of found.holds)
        await this.book.release(
          site.scope,
          pageIds.map((pageId) => ({ pageId })),
          ref,
        );
      // A hold that became an appointment just before is seen as one now.
      found = await this.find(site, pageIds);
    }
    for (const overlap of found.appointments) await this.open(site, overlap);
    await this.closeVanished(site, pageIds, new Set(found.appointments.map(({ ref }) => ref)));
  }

  private async find(site: Site, pageIds: readonly string[]): Promise<{ appointments: Overlap[]; holds: Overlap[] }> {
    const ours = { entries: { $elemMatch: { kind: { $in: ['appointment', 'hold'] } } } };
    const pages = await this.pages
      .forTenant(site.scope)
      .find({ _id: { $in: [...pageIds] }, ...ours } as unknown as Filter<Page>);
    const appointments = new Map<string, Overlap>();
    const holds = new Map<string, Overlap>();
    for (const { entries } of pages) {
      const externals = byResource(entries.filter(({ kind }) => kind === 'external'));
      for (const entry of entries) {
        if ((entry.kind !== 'appointment' && entry.kind !== 'hold') || site.unguarded.has(entry.resource)) continue;
        const other = externals.get(entry.resource)?.find(({ start, end }) => start < entry.end && end > entry.start);
        if (!other) continue;
        (entry.kind === 'hold' ? holds : appointments).set(entry.ref, { ref: entry.ref, external: other.ref });
      }
    }
    return { appointments: [...appointments.values()], holds: [...holds.values()] };
  }

  private async open(site: Site, { ref, external }: Overlap): Promise<void> {
    const visit = await this.visits.forTenant(site.scope).findById(external);
    if (visit && (await this.conflicts.accepted(site, ref, visit.foreignId))) return;
    const appointment = await this.appointments.forTenant(site.scope).findById(ref);
    // The past is as it was.
    if (!appointment || !OCCUPYING.includes(appointment.status) || isOver(appointment)) return;
    const alternatives = await this.alternatives(site, appointment);
    await this.unitOfWork.run(async (tx) => {
      const fresh = await this.appointments.forTenant(site.scope, tx).getById(ref, 'appointment');
      if (!OCCUPYING.includes(fresh.status)) return;
      await this.conflicts.open(site, tx, fresh, 'overlap', visit && factsIn(visit), alternatives);
    });
  }

  private async closeVanished(site: Site, pageIds: readonly string[], overlapped: ReadonlySet<string>): Promise<void> {
    for (const { appointmentId, kind } of await this.conflicts.on(site, pageIds)) {
      if (overlapped.has(appointmentId) || kind === 'both_changed' || kind === 'gone') continue;
      await this.unitOfWork.run(async (tx) => {
        const appointment = await this.appointments.forTenant(site.scope, tx).getById(appointmentId, 'appointment');
        await this.conflicts.close(site, tx, appointment, 'vanished');
        await this.queue.ask(site.scope, tx, site.connection, appointment);
      });
    }
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

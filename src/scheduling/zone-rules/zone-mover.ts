import { Injectable } from '@nestjs/common';
import { addDays, localDateOf, localTimeOf, wallAfter, zoneId, type TenantScope } from '../../kernel/index.js';
import { UnitOfWork, type Filter, type Tx } from '../../persistence/index.js';
import { AppointmentRepository } from '../appointments/appointment.repository.js';
import { AppointmentWriter } from '../appointments/appointment-writer.js';
import type { Appointment } from '../appointments/appointment.schema.js';
import { claimsOfAppointment } from '../appointments/appointments.service.js';
import { Book } from '../book/book.js';
import { pageId, Pages } from '../book/page.repository.js';
import type { Entry, Page } from '../book/page.schema.js';
import { stands } from './standing.js';
import { ZoneMoves, type ZoneMove } from './zone-rules.schema.js';

const AT_A_TIME = 200;

/** Moves appointments to the instant at which the wall now shows what was agreed. */
@Injectable()
export class ZoneMover {
  constructor(
    private readonly appointments: AppointmentRepository,
    private readonly writer: AppointmentWriter,
    private readonly book: Book,
    private readonly pages: Pages,
    private readonly moves: ZoneMoves,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /** Brings some appointments to the rules of this database; those that follow them already are not touched. */
  async follow(scope: TenantScope, zoneChangeId: string, some: readonly Appointment[]): Promise<void> {
    const pages = await this.pagesOf(scope, some);
    for (const one of some) {
      if (one.local === undefined) await this.remember(scope, one);
      if (one.local !== undefined && isElsewhere(one)) await this.move(scope, zoneChangeId, one);
      else if (!stands(pages, claimsOfAppointment(one), one._id)) await this.replace(scope, one);
    }
  }

  /** Looks at all that was moved, when all of it has been: an overlap is listed on both sides of it. */
  async findOverlaps(scope: TenantScope, zoneChangeId: string): Promise<void> {
    for (let last = ''; ;) {
      const filter = { zoneChangeId, _id: { $gt: last } } as Filter<ZoneMove>;
      const some = await this.moves.forTenant(scope).find(filter, { sort: { _id: 1 }, limit: AT_A_TIME });
      for (const move of some) {
        const overlaps = await this.overlapsOf(scope, move.appointmentId);
        await this.moves.forTenant(scope).update(move._id, { $set: { overlaps } });
      }
      last = some.at(-1)?._id ?? '';
      if (some.length < AT_A_TIME) return;
    }
  }

  /** One transaction: the old time given back, the new one taken, the appointment, the event, the record. */
  private async move(scope: TenantScope, zoneChangeId: string, seen: Appointment): Promise<void> {
    const { inGap: _, ...wanted } = placeNow(seen);
    await this.book.prepare(scope, claimsOfAppointment({ ...seen, ...wanted }));
    await this.unitOfWork.run(async (tx) => {
      const before = await this.writer.load(scope, tx, seen._id);
      if (!isElsewhere(before)) return;
      const { inGap, ...place } = placeNow(before);
      await this.retake(scope, tx, before, { ...before, ...place });
      const after = await this.writer.change(scope, tx, before, {
        what: 'zone_rules',
        to: before.status,
        event: 'appointment.instant_changed',
        channel: 'api',
        oldStart: before.start,
        set: place,
      });
      await this.moves.forTenant(scope, tx).insert({
        _id: `${zoneChangeId}/${before._id}`,
        ...{ zoneChangeId, appointmentId: before._id, zone: before.zone, inGap, overlaps: [] },
        ...{ local: before.local, localAfter: after.local, before: before.start, after: after.start },
      });
    });
  }

  /** The appointment is where it was, but its day begins at another instant. */
  private async replace(scope: TenantScope, seen: Appointment): Promise<void> {
    await this.book.prepare(scope, claimsOfAppointment(seen));
    await this.unitOfWork.run(async (tx) => {
      const appointment = await this.writer.load(scope, tx, seen._id);
      if (appointment.version === seen.version) await this.retake(scope, tx, appointment, appointment);
    });
  }

  /** Whoever else has the time: an overlap is found afterwards. */
  private async retake(scope: TenantScope, tx: Tx, before: Appointment, after: Appointment): Promise<void> {
    const { _id: ref, reasonId } = before;
    await this.book.release(scope, oldPages(scope, before), ref, tx);
    const taker = { kind: 'appointment', ref, reasonId } as const;
    await this.book.take(scope, tx, claimsOfAppointment(after), taker, { force: true });
  }

  private async overlapsOf(scope: TenantScope, appointmentId: string): Promise<string[]> {
    const appointment = await this.appointments.forTenant(scope).findById(appointmentId);
    if (!appointment) return [];
    const pages = await this.pagesOf(scope, [appointment]);
    const refs = claimsOfAppointment(appointment).flatMap((claim) => {
      const meets = (other: Entry) =>
        claim.entries.some(
          ({ resource, start, end }) =>
            (other.resource === resource || other.resource === claim.placeId) && start < other.end && end > other.start,
        );
      const others = pages.get(claim.pageId)?.entries.filter((other) => countsAgainst(other, appointment)) ?? [];
      return others.filter(meets).map(({ ref }) => ref);
    });
    return [...new Set(refs)].sort();
  }

  private async pagesOf(scope: TenantScope, some: readonly Appointment[]): Promise<Map<string, Page>> {
    const ids = some.flatMap((one) => claimsOfAppointment(one).map((claim) => claim.pageId));
    const pages = await this.pages.forTenant(scope).find({ _id: { $in: [...new Set(ids)] } } as Filter<Page>);
    return new Map(pages.map((page) => [page._id, page]));
  }

  /** Appointments that were made before wall times were kept: their instants follow the rules of this database. */
  private async remember(scope: TenantScope, { _id, start, zone }: Appointment): Promise<void> {
    const local = localTimeOf(zoneId(zone), start);
    await this.unitOfWork.run((tx) => this.writer.note(scope, tx, _id, { local }));
  }
}

/** The same time on the wall, or the next that there is. */
function placeNow({ local, zone, start, end, assist }: Appointment) {
  const { instant, inGap } = wallAfter(zoneId(zone), local, start);
  const later = instant - start;
  return {
    start: instant,
    end: end + later,
    date: localDateOf(zoneId(zone), instant),
    assist: assist && { ...assist, start: assist.start + later, end: assist.end + later },
    inGap,
  };
}

/** A time that falls into a gap may have the same instant, and yet another name. */
function isElsewhere(appointment: Appointment): boolean {
  const { start, inGap } = placeNow(appointment);
  return inGap || start !== appointment.start;
}

/** The pages on which an appointment may stand that was placed by other rules: those of its local days as they were stored. */
function oldPages({ tenantId }: TenantScope, before: Appointment): { pageId: string }[] {
  const around = [-1, 0, 1].map((days) => pageId(tenantId, before.locationId, addDays(before.date, days)));
  const now = claimsOfAppointment(before).map((claim) => claim.pageId);
  return [...new Set([...around, ...now])].sort().map((id) => ({ pageId: id }));
}

function countsAgainst(other: Entry, { _id, reasonId }: Appointment): boolean {
  return other.ref !== _id && other.kind !== 'hold' && !other.block?.reasonIds.includes(reasonId);
}

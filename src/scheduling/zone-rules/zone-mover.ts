import { Injectable } from '@nestjs/common';
import { addDays, localDateOf, localTimeOf, wallAfter, zoneId, type TenantScope } from '../../kernel/index.js';
import { UnitOfWork, type Filter } from '../../persistence/index.js';
import { AppointmentRepository } from '../appointments/appointment.repository.js';
import { AppointmentWriter } from '../appointments/appointment-writer.js';
import type { Appointment } from '../appointments/appointment.schema.js';
import { claimsOfAppointment } from '../appointments/appointments.service.js';
import { Book } from '../book/book.js';
import { pageId, Pages } from '../book/page.repository.js';
import type { Entry, Page } from '../book/page.schema.js';
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

  /** One transaction: the old time given back, the new one taken whoever has it, the appointment, the event, the record. */
  async follow(scope: TenantScope, zoneChangeId: string, seen: Appointment): Promise<void> {
    if (seen.local === undefined) return this.remember(scope, seen);
    if (placeNow(seen).start === seen.start) return;
    await this.book.prepare(scope, claimsOfAppointment({ ...seen, ...placeNow(seen) }));
    await this.unitOfWork.run(async (tx) => {
      const before = await this.writer.load(scope, tx, seen._id);
      const { inGap, ...place } = placeNow(before);
      if (place.start === before.start) return;
      const claims = claimsOfAppointment({ ...before, ...place });
      await this.book.release(scope, oldPages(scope, before), before._id, tx);
      const taker = { kind: 'appointment', ref: before._id, reasonId: before.reasonId } as const;
      await this.book.take(scope, tx, claims, taker, { force: true });
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

  private async overlapsOf(scope: TenantScope, appointmentId: string): Promise<string[]> {
    const appointment = await this.appointments.forTenant(scope).findById(appointmentId);
    if (!appointment) return [];
    const claims = claimsOfAppointment(appointment);
    const ids = claims.map((claim) => claim.pageId);
    const pages = await this.pages.forTenant(scope).find({ _id: { $in: ids } } as Filter<Page>);
    const refs = pages.flatMap(({ _id, placeId, entries }) => {
      const own = claims.find((claim) => claim.pageId === _id)?.entries ?? [];
      const meets = (other: Entry) =>
        own.some(
          ({ resource, start, end }) =>
            (other.resource === resource || other.resource === placeId) && start < other.end && end > other.start,
        );
      return entries.filter((other) => countsAgainst(other, appointment) && meets(other)).map(({ ref }) => ref);
    });
    return [...new Set(refs)].sort();
  }

  /** Appointments that were made before wall times were kept: their instants follow the rules of this database. */
  private async remember(scope: TenantScope, { _id, start, zone }: Appointment): Promise<void> {
    await this.unitOfWork.run((tx) =>
      this.writer.note(scope, tx, _id, { local: localTimeOf(zoneId(zone), start) }).then(() => undefined),
    );
  }
}

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

/** The pages on which an appointment may stand that was placed by other rules: those of its local days as they were stored. */
function oldPages({ tenantId }: TenantScope, before: Appointment): { pageId: string }[] {
  const around = [-1, 0, 1].map((days) => pageId(tenantId, before.locationId, addDays(before.date, days)));
  const now = claimsOfAppointment(before).map((claim) => claim.pageId);
  return [...new Set([...around, ...now])].sort().map((id) => ({ pageId: id }));
}

function countsAgainst(other: Entry, { _id, reasonId }: Appointment): boolean {
  return other.ref !== _id && other.kind !== 'hold' && !other.block?.reasonIds.includes(reasonId);
}

import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, derivedId, localDateOf, type Clock, type TenantScope, type ZoneId } from '../../kernel/index.js';
import { isDuplicateKey, repeatTransaction, type Tx } from '../../persistence/index.js';
import { AppointmentRepository } from '../appointments/appointment.repository.js';
import { MOVABLE } from '../appointments/lifecycle.js';
import { isInLine, WaitlistEntries, type Wanted } from './entries.js';
import { WaitlistOffers } from './offers.js';

/** What a practice system's ASAP list says of one visit. */
export interface PmsWish {
  /** Names the visit over all practice systems; the same one is one entry. */
  key: string;
  /** Ours, when the visit is one of our appointments. */
  appointmentId: string | null;
  /** Of a visit that is not ours: the patient, when they have a record here. */
  patientId: string | null;
  providerId: string | null;
  locationId: string;
  zone: ZoneId;
  /** Epoch ms of the visit. */
  start: number;
  /** Whether the patient is on the list, and was when it was read before. */
  waits: boolean;
  waited: boolean;
}

/**
 * The ASAP list of the practice system as entries of ours. Patients of our own appointments are offered times like all
 * others: the appointment moves. Other visits belong to the practice system, so staff see them and call.
 */
@Injectable()
export class PmsWaitlist {
  constructor(
    private readonly entries: WaitlistEntries,
    private readonly offers: WaitlistOffers,
    private readonly appointments: AppointmentRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Saying the same twice changes nothing. Who has got a time, or was withdrawn here, is back when they are put on it anew. */
  async follow(scope: TenantScope, tx: Tx, wish: PmsWish): Promise<void> {
    const id = derivedId('waitlistEntry', createHash('sha256').update(wish.key).digest());
    const entry = await this.entries.findById(scope, id, tx);
    const wanted = wish.waits ? await this.wanted(scope, tx, wish) : null;
    if (!wanted) {
      if (entry && isInLine(entry)) await this.offers.withdrawIn(scope, tx, entry, 'pms_list');
      return;
    }
    if (!entry) {
      // Two runs may read the list for the first time at once: one of them looks again.
      await this.entries.add(scope, tx, id, 'pms', wanted).catch((error: unknown) => {
        throw isDuplicateKey(error) ? repeatTransaction(error) : error;
      });
      return;
    }
    const { to, visitStart = null, providerId = null } = wanted;
    const same = entry.to === to && entry.visitStart === visitStart;
    if (isInLine(entry)) {
      if (!same) await this.entries.mark(scope, tx, entry, { to, visitStart, providerId }, 'waitlist.changed');
    } else if (!wish.waited) {
      const anew = {
        status: 'waiting',
        waitingSince: this.clock.now(),
        bookedAppointmentId: null,
        endReason: null,
      } as const;
      await this.entries.mark(scope, tx, entry, { to, visitStart, providerId, ...anew }, 'waitlist.joined');
    }
  }

  /** Null: there is nothing to come earlier for. */
  private async wanted(scope: TenantScope, tx: Tx, wish: PmsWish): Promise<Wanted | null> {
    const { appointmentId, patientId, providerId, locationId, zone, start } = wish;
    const now = this.clock.now();
    if (start <= now) return null;
    const days = { from: localDateOf(zone, now), to: localDateOf(zone, start) };
    if (appointmentId === null)
      return {
        ...days,
        patientId,
        patientType: 'returning',
        reasonId: null,
        providerId,
        locationId,
        visitStart: start,
      };
    const own = await this.appointments.forTenant(scope, tx).findById(appointmentId);
    if (!own || !MOVABLE.includes(own.status)) return null;
    return {
      ...days,
      patientId: own.patientId,
      patientType: own.patientType,
      reasonId: own.reasonId,
      providerId,
      locationId,
      appointmentId,
    };
  }
}

import { Injectable } from '@nestjs/common';
import { Problem, type TenantScope } from '../../kernel/index.js';
import { Patients } from '../../patients/index.js';
import { UnitOfWork, type Tx } from '../../persistence/index.js';
import type { Appointment, Channel } from '../appointments/appointment.schema.js';
import { Appointments } from '../appointments/appointments.service.js';
import { Bookings } from '../appointments/booking.service.js';
import { WaitlistEntries } from './entries.js';
import { WaitlistOffers } from './offers.js';
import type { WaitlistOffer } from './waitlist.schema.js';

/** Who says yes, and by which way. */
export interface Answer {
  channel: Channel;
  bookedBy: string;
}

/** The good end of an offer: the held time becomes a visit, or the later visit moves to it. */
@Injectable()
export class WaitlistAnswers {
  constructor(
    private readonly offers: WaitlistOffers,
    private readonly entries: WaitlistEntries,
    private readonly bookings: Bookings,
    private readonly appointments: Appointments,
    private readonly patients: Patients,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /**
   * One transaction: page, appointment, offer, entry and their events; `more` may add to it. 409 `offer_over` when the time
   * limit has passed or it was answered before.
   */
  async accept<T>(
    scope: TenantScope,
    offerId: string,
    answer: Answer,
    more: (tx: Tx, taken: { offer: WaitlistOffer; appointment: Appointment }) => Promise<T>,
  ): Promise<T> {
    const offer = await this.offers.get(scope, offerId);
    this.offers.assertOpen(offer);
    const take = await this.prepare(scope, offer, answer).catch(asOver);
    return this.unitOfWork.run(async (tx) => {
      const now = await this.offers.get(scope, offerId, tx);
      this.offers.assertOpen(now);
      const appointment = await take(tx).catch(asOver);
      const taken = await this.offers.close(scope, tx, now, 'accepted', appointment._id);
      const set = { status: 'booked' as const, offerId: null, bookedAppointmentId: appointment._id };
      const data = { offerId, bookedAppointmentId: appointment._id, start: appointment.start };
      const booked = await this.entries.markIf(
        scope,
        tx,
        offer.entryId,
        { offerId },
        { $set: set },
        'waitlist.booked',
        data,
      );
      if (!booked) throw new Problem('conflict', 'The entry was changed at the same moment. Try again.');
      return more(tx, { offer: taken, appointment });
    });
  }

  /** Reads what the transaction needs, and says what it does with the held time. */
  private async prepare(
    scope: TenantScope,
    { _id, holdId, patientId, patientType, movesAppointmentId }: WaitlistOffer,
    { channel, bookedBy }: Answer,
  ): Promise<(tx: Tx) => Promise<Appointment>> {
    if (movesAppointmentId !== null) {
      const open = await this.appointments.openMove(scope, movesAppointmentId, { holdId, ownerId: _id });
      return (tx) => this.appointments.moveToHold(scope, tx, open, { channel, reason: 'waitlist' });
    }
    const { dateOfBirth } = await this.patients.get(scope, patientId);
    const opened = await this.bookings.openHold(scope, holdId, _id, { patientType, dateOfBirth, channel });
    return (tx) => this.bookings.confirm(scope, tx, opened, () => Promise.resolve({ patientId, bookedBy }));
  }
}

/** The hold ends with the offer, to the millisecond. */
function asOver(error: unknown): never {
  if (!(error instanceof Problem) || error.code !== 'hold_expired') throw error;
  throw new Problem('offer_over', 'The time to answer is over. The time was offered to somebody else.', {
    extensions: { offerState: 'expired' },
  });
}

import { Inject, Injectable } from '@nestjs/common';
import { Catalog } from '../catalog/index.js';
import { PatientLinks } from '../identity/index.js';
import { CLOCK, timeInAnswer, zoneId, type Clock, type TenantScope } from '../kernel/index.js';
import type { Tx } from '../persistence/index.js';
import { Acknowledgements, MOVABLE, slotId, type Appointment } from '../scheduling/index.js';
import { addressLine, Locations, Settings } from '../tenants/index.js';
import type { BookingSyncView, BookingView, ManagedVisitView, VisitView } from './dto/booking.dto.js';

const HOUR_MS = 3_600_000;
const LINK_DAYS_AFTER = 30 * 86_400_000;

/** How a visit is shown to its patient, and until when they may change it. */
@Injectable()
export class VisitViews {
  constructor(
    private readonly catalog: Catalog,
    private readonly locations: Locations,
    private readonly settings: Settings,
    private readonly links: PatientLinks,
    private readonly acknowledgements: Acknowledgements,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async of(scope: TenantScope, appointment: Appointment): Promise<VisitView> {
    const { visit } = await this.seen(scope, appointment);
    return visit;
  }

  /** With what the practice system says of it, and whom to call. */
  async managed(scope: TenantScope, appointment: Appointment): Promise<ManagedVisitView> {
    const { visit, phone } = await this.seen(scope, appointment);
    return { ...visit, sync: syncView(appointment), phone };
  }

  private async seen(
    scope: TenantScope,
    appointment: Appointment,
  ): Promise<{ visit: VisitView; phone: string | null }> {
    const [snapshot, location, { scheduling, brand }] = await Promise.all([
      this.catalog.snapshot(scope),
      this.locations.get(scope, appointment.locationId),
      this.settings.effective(scope),
    ]);
    const hoursLeft = (appointment.start - this.clock.now()) / HOUR_MS;
    const changeable = MOVABLE.includes(appointment.status);
    // A time that the practice has given away binds nobody.
    const isBound = syncStateOf(appointment) !== 'conflict' || hoursLeft <= 0;
    const may = (windowHours: number) => changeable && (!isBound || hoursLeft >= windowHours);
    const visit = {
      id: appointment._id,
      status: appointment.status,
      time: timeInAnswer(zoneId(appointment.zone), appointment.start),
      reason: snapshot.reasonById.get(appointment.reasonId)?.name ?? 'Visit',
      reasonId: appointment.reasonId,
      provider: snapshot.providerById.get(appointment.providerId)?.displayName ?? '',
      location: location.name,
      address: addressLine(location),
      confirmed: appointment.patientConfirmedAt !== null,
      canCancel: may(scheduling.cancelWindowHours),
      canReschedule: may(scheduling.rescheduleWindowHours),
    };
    return { visit, phone: brand.phone ?? location.phone };
  }

  /** A visit that is being booked, with the link by which its patient manages it. */
  async booked(scope: TenantScope, tx: Tx, appointment: Appointment): Promise<BookingView> {
    const { _id: appointmentId, end } = appointment;
    const token = await this.links.issue(scope, tx, { appointmentId, expiresAt: end + LINK_DAYS_AFTER });
    return {
      appointment: await this.of(scope, appointment),
      sync: syncView(appointment),
      manageUrl: this.links.urlOf(token),
    };
  }

  /** With what the practice system says of it, when it says so in time. */
  async acknowledged(scope: TenantScope, view: BookingView): Promise<BookingView> {
    if (view.sync.state !== 'pending') return view;
    const appointment = await this.acknowledgements.of(scope, view.appointment.id);
    return appointment ? { ...view, sync: syncView(appointment) } : view;
  }
}

function syncView(appointment: Appointment): BookingSyncView {
  const { sync, zone, durationMinutes, reasonId, locationId } = appointment;
  const alternatives = sync.alternatives.map(({ start, providerId, operatoryId }) => ({
    id: slotId({ reasonId, providerId, operatoryId: operatoryId ?? appointment.operatoryId, locationId, start }),
    ...timeInAnswer(zoneId(zone), start),
    ...{ durationMinutes, reasonId, providerId, locationId },
  }));
  const state = syncStateOf(appointment);
  return { state, alternatives: state === 'conflict' ? alternatives : [] };
}

/** A conflict about a time that the visit has left is none of it: the new time is being written. */
function syncStateOf({ sync, history, start }: Appointment): BookingSyncView['state'] {
  if (sync.state !== 'conflict') return sync.state;
  const later = history.filter(({ what, at }) => what === 'reschedule' && at >= (sync.lastAt ?? 0));
  return later.some(({ oldStart }) => oldStart !== start) ? 'pending' : 'conflict';
}

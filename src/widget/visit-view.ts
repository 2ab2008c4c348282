import { Inject, Injectable } from '@nestjs/common';
import { Catalog } from '../catalog/index.js';
import { CONFIG, type Config } from '../config/index.js';
import { CLOCK, timeInAnswer, zoneId, type Clock, type TenantScope } from '../kernel/index.js';
import type { Appointment } from '../scheduling/index.js';
import { Locations, Settings } from '../tenants/index.js';
import type { VisitView } from './dto/booking.dto.js';

const HOUR_MS = 3_600_000;
const CHANGEABLE: readonly string[] = ['requested', 'booked', 'confirmed'];

/** How a visit is shown to its patient, and until when they may change it. */
@Injectable()
export class VisitViews {
  constructor(
    private readonly catalog: Catalog,
    private readonly locations: Locations,
    private readonly settings: Settings,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async of(scope: TenantScope, appointment: Appointment): Promise<VisitView> {
    const [snapshot, location, { scheduling }] = await Promise.all([
      this.catalog.snapshot(scope),
      this.locations.get(scope, appointment.locationId),
      this.settings.effective(scope),
    ]);
    const hoursLeft = (appointment.start - this.clock.now()) / HOUR_MS;
    const changeable = CHANGEABLE.includes(appointment.status);
    const { addressLine1, addressLine2, city, region, postalCode } = location;
    return {
      id: appointment._id,
      status: appointment.status,
      time: timeInAnswer(zoneId(appointment.zone), appointment.start),
      reason: snapshot.reasonById.get(appointment.reasonId)?.name ?? 'Visit',
      reasonId: appointment.reasonId,
      provider: snapshot.providerById.get(appointment.providerId)?.displayName ?? '',
      location: location.name,
      address: [addressLine1, addressLine2, city, [region, postalCode].filter(Boolean).join(' ')]
        .filter(Boolean)
        .join(', '),
      confirmed: appointment.patientConfirmedAt !== null,
      canCancel: changeable && hoursLeft >= scheduling.cancelWindowHours,
      canReschedule: changeable && hoursLeft >= scheduling.rescheduleWindowHours,
    };
  }

  /** The token stands in the fragment, so that it is in no server's log. */
  manageUrl(token: string): string {
    return `${this.config.BASE_URL.replace(/\/$/, '')}/visit#${token}`;
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { Catalog } from '../catalog/index.js';
import { CLOCK, formatInstant, timeInAnswer, zoneId, type Clock, type TenantScope } from '../kernel/index.js';
import { Appointments, type WaitlistOffer } from '../scheduling/index.js';
import { addressLine, Locations, Settings } from '../tenants/index.js';
import type { OfferView } from './dto/offer.dto.js';

/** How an offered time is shown to its patient. */
@Injectable()
export class OfferViews {
  constructor(
    private readonly catalog: Catalog,
    private readonly locations: Locations,
    private readonly settings: Settings,
    private readonly appointments: Appointments,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async of(scope: TenantScope, offer: WaitlistOffer): Promise<OfferView> {
    const { reasonId, providerId, locationId, movesAppointmentId, expiresAt, answeredAt } = offer;
    const [snapshot, location, { brand }, later] = await Promise.all([
      this.catalog.snapshot(scope),
      this.locations.get(scope, locationId),
      this.settings.effective(scope),
      // Once the visit has moved here, there is no other time to tell of.
      movesAppointmentId === null || offer.state === 'accepted'
        ? null
        : this.appointments.get(scope, movesAppointmentId),
    ]);
    const zone = zoneId(offer.zone);
    return {
      state: offer.state === 'open' && expiresAt <= this.clock.now() ? 'expired' : offer.state,
      time: timeInAnswer(zone, offer.start),
      reason: snapshot.reasonById.get(reasonId)?.name ?? 'Visit',
      provider: snapshot.providerById.get(providerId)?.displayName ?? '',
      location: location.name,
      address: addressLine(location),
      phone: brand.phone ?? location.phone,
      instead: later && timeInAnswer(zoneId(later.zone), later.start),
      answerBy: timeInAnswer(zone, expiresAt),
      answeredAt: answeredAt === null ? null : formatInstant(answeredAt),
    };
  }
}

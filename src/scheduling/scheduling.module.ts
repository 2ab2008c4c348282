import { Global, Module, type OnModuleInit } from '@nestjs/common';
import { CatalogModule, OperatoryGuards, ProviderGuards, ReasonGuards } from '../catalog/index.js';
import { PatientsModule } from '../patients/index.js';
import { LocationGuards } from '../tenants/index.js';
import { AppointmentRepository } from './appointments/appointment.repository.js';
import { AppointmentWriter } from './appointments/appointment-writer.js';
import { AppointmentsController } from './appointments/appointments.controller.js';
import { Appointments } from './appointments/appointments.service.js';
import { Bookings } from './appointments/booking.service.js';
import { PmsFacts } from './appointments/pms-facts.js';
import { Acknowledgements } from './appointments/acknowledgements.js';
import { PmsAnswers, PmsFreshness, PmsGate } from './appointments/pms-gate.js';
import { AvailabilityController } from './availability/availability.controller.js';
import { Availability } from './availability/availability.service.js';
import { DayTexts } from './availability/day-texts.js';
import { DryRuns } from './availability/dry-run.service.js';
import { Explanations } from './availability/explain.service.js';
import { Grounds } from './availability/ground.js';
import { PageCache } from './availability/page-cache.js';
import { PageReader } from './availability/page-reader.js';
import { BlockPlaces } from './blocks/block-places.js';
import { BlockPlans } from './blocks/block-plan.js';
import { BlockRepository } from './blocks/block.schema.js';
import { BlocksController } from './blocks/blocks.controller.js';
import { Blocks } from './blocks/blocks.service.js';
import { BlockedTime } from './book/blocked-time.js';
import { UpcomingVisits } from './appointments/upcoming-visits.js';
import { Book } from './book/book.js';
import { GroupBook } from './book/group-book.js';
import { Pages } from './book/page.repository.js';
import { GroupBookingsController } from './groups/group-bookings.controller.js';
import { GroupBookings } from './groups/group-bookings.js';
import { GroupHoldsController } from './groups/group-holds.controller.js';
import { GroupHolds } from './groups/group-holds.js';
import { GroupSearchController } from './groups/group-search.controller.js';
import { GroupSearch } from './groups/group-search.js';
import { GroupSeats } from './groups/group-seats.js';
import { HoldsController } from './holds/holds.controller.js';
import { Holds } from './holds/holds.service.js';
import { WaitlistAnswers } from './waitlist/answers.js';
import { WaitlistEntries } from './waitlist/entries.js';
import { WaitlistDesk } from './waitlist/front-desk.js';
import { NextInLine } from './waitlist/next-in-line.js';
import { OfferHolds } from './waitlist/offer-holds.js';
import { WaitlistOffers } from './waitlist/offers.js';
import { Openings } from './waitlist/openings.js';
import { PmsWaitlist } from './waitlist/pms-list.js';
import { WaitlistController } from './waitlist/waitlist.controller.js';
import { OfferRepository, WaitlistRepository } from './waitlist/waitlist.schema.js';
import { ZoneChangesController } from './zone-rules/zone-changes.controller.js';
import { ZoneFollower } from './zone-rules/zone-follower.js';
import { ZoneHolds } from './zone-rules/zone-holds.js';
import { ZoneMover } from './zone-rules/zone-mover.js';
import { ZoneRules } from './zone-rules/zone-rules.js';
import { ZoneChanges, ZoneMoves, ZoneRulesStates } from './zone-rules/zone-rules.schema.js';

@Global()
@Module({
  imports: [CatalogModule, PatientsModule],
  controllers: [
    AvailabilityController,
    BlocksController,
    ZoneChangesController,
    GroupSearchController,
    GroupHoldsController,
    GroupBookingsController,
    HoldsController,
    AppointmentsController,
    WaitlistController,
  ],
  providers: [
    Acknowledgements,
    AppointmentRepository,
    AppointmentWriter,
    Appointments,
    Availability,
    BlockPlaces,
    BlockPlans,
    BlockRepository,
    BlockedTime,
    Blocks,
    Book,
    Bookings,
    DayTexts,
    DryRuns,
    Explanations,
    Grounds,
    GroupBook,
    GroupBookings,
    GroupHolds,
    GroupSearch,
    GroupSeats,
    Holds,
    NextInLine,
    OfferHolds,
    OfferRepository,
    Openings,
    PageCache,
    PageReader,
    Pages,
    PmsFacts,
    PmsFreshness,
    PmsAnswers,
    PmsGate,
    PmsWaitlist,
    ZoneChanges,
    ZoneFollower,
    ZoneHolds,
    ZoneMover,
    ZoneMoves,
    ZoneRules,
    ZoneRulesStates,
    UpcomingVisits,
    WaitlistAnswers,
    WaitlistDesk,
    WaitlistEntries,
    WaitlistOffers,
    WaitlistRepository,
  ],
  exports: [
    Acknowledgements,
    AppointmentRepository,
    AppointmentWriter,
    Appointments,
    Availability,
    Book,
    Bookings,
    GroupBookings,
    GroupHolds,
    GroupSearch,
    Holds,
    Pages,
    PmsFacts,
    PmsFreshness,
    PmsAnswers,
    PmsGate,
    PmsWaitlist,
    WaitlistAnswers,
    WaitlistEntries,
    WaitlistOffers,
  ],
})
export class SchedulingModule implements OnModuleInit {
  constructor(
    private readonly appointments: Appointments,
    private readonly reasonGuards: ReasonGuards,
    private readonly providerGuards: ProviderGuards,
    private readonly operatoryGuards: OperatoryGuards,
    private readonly locationGuards: LocationGuards,
  ) {}

  onModuleInit(): void {
    this.reasonGuards.register((scope, reasonId, tx) => this.appointments.hasUpcoming(scope, { reasonId }, tx));
    this.providerGuards.register((scope, providerId, tx) => this.appointments.hasUpcoming(scope, { providerId }, tx));
    this.operatoryGuards.register((scope, operatoryId, tx) =>
      this.appointments.hasUpcoming(scope, { operatoryId }, tx),
    );
    this.locationGuards.register((scope, locationId, tx) => this.appointments.hasUpcoming(scope, { locationId }, tx));
  }
}

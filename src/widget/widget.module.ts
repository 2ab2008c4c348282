import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/index.js';
import { PatientsModule } from '../patients/index.js';
import { BookingFacts } from './booking-facts.js';
import { WidgetBookingsController } from './bookings.controller.js';
import { WidgetChoicesController } from './choices.controller.js';
import { WidgetExtrasController } from './extras.controller.js';
import { FunnelRepository } from './extras.schema.js';
import { GroupVisitors } from './group-visitors.js';
import { WidgetGroupsController } from './groups.controller.js';
import { OfferViews } from './offer-view.js';
import { WidgetOffersController } from './offers.controller.js';
import { WidgetPagesController } from './pages.controller.js';
import { WidgetSessionsController } from './sessions.controller.js';
import { VisitViews } from './visit-view.js';
import { WidgetVisitsController } from './visits.controller.js';

@Module({
  imports: [CatalogModule, PatientsModule],
  controllers: [
    WidgetSessionsController,
    WidgetChoicesController,
    WidgetBookingsController,
    WidgetGroupsController,
    WidgetVisitsController,
    WidgetOffersController,
    WidgetPagesController,
    WidgetExtrasController,
  ],
  providers: [BookingFacts, FunnelRepository, GroupVisitors, OfferViews, VisitViews],
})
export class WidgetModule {}

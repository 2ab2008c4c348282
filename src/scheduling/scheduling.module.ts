import { Global, Module, type OnModuleInit } from '@nestjs/common';
import { ReasonGuards } from '../catalog/index.js';
import { LocationGuards } from '../tenants/index.js';
import { AppointmentRepository } from './appointments/appointment.repository.js';
import { AppointmentWriter } from './appointments/appointment-writer.js';
import { AppointmentsController } from './appointments/appointments.controller.js';
import { Appointments } from './appointments/appointments.service.js';
import { Bookings } from './appointments/booking.service.js';
import { PmsGate } from './appointments/pms-gate.js';
import { AvailabilityController } from './availability/availability.controller.js';
import { Availability } from './availability/availability.service.js';
import { Book } from './book/book.js';
import { Pages } from './book/page.repository.js';
import { HoldsController } from './holds/holds.controller.js';
import { Holds } from './holds/holds.service.js';

@Global()
@Module({
  controllers: [AvailabilityController, HoldsController, AppointmentsController],
  providers: [
    AppointmentRepository,
    AppointmentWriter,
    Appointments,
    Availability,
    Book,
    Bookings,
    Holds,
    Pages,
    PmsGate,
  ],
  exports: [
    AppointmentRepository,
    AppointmentWriter,
    Appointments,
    Availability,
    Book,
    Bookings,
    Holds,
    Pages,
    PmsGate,
  ],
})
export class SchedulingModule implements OnModuleInit {
  constructor(
    private readonly appointments: Appointments,
    private readonly reasonGuards: ReasonGuards,
    private readonly locationGuards: LocationGuards,
  ) {}

  onModuleInit(): void {
    this.reasonGuards.register((scope, reasonId) => this.appointments.hasUpcoming(scope, { reasonId }));
    this.locationGuards.register((scope, locationId) => this.appointments.hasUpcoming(scope, { locationId }));
  }
}

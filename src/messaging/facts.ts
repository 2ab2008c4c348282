import { Injectable } from '@nestjs/common';
import { Catalog } from '../catalog/index.js';
import { PatientLinks } from '../identity/index.js';
import { localTimeOf, weekdayOf, zoneId, type TenantScope } from '../kernel/index.js';
import { consentState, Patients, type Patient } from '../patients/index.js';
import { Appointments, type Appointment } from '../scheduling/index.js';
import { addressLine, Locations, Practices, Settings, type PracticeSettings } from '../tenants/index.js';
import type { Message } from './message.schema.js';
import type { Facts } from './templates.js';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const EVENT_WORDS: Record<string, string> = {
  booked: 'New visit booked',
  requested: 'New request',
  cancelled: 'Visit cancelled',
  confirmed: 'Visit confirmed',
  declined: 'Request declined',
};

export interface Gathered {
  appointment: Appointment;
  patient: Patient;
  settings: PracticeSettings;
  facts: Facts;
  providerEmail: string | null;
}

/** The one place where messaging asks the other rooms. Read when a message is sent, so that it says what holds then. */
@Injectable()
export class MessageFacts {
  constructor(
    private readonly appointments: Appointments,
    private readonly patients: Patients,
    private readonly catalog: Catalog,
    private readonly locations: Locations,
    private readonly practices: Practices,
    private readonly settings: Settings,
    private readonly links: PatientLinks,
  ) {}

  async gather(scope: TenantScope, message: Pick<Message, 'appointmentId' | 'linkToken'>): Promise<Gathered> {
    const appointment = await this.appointments.get(scope, message.appointmentId);
    const [patient, snapshot, location, practice, settings] = await Promise.all([
      this.patients.get(scope, appointment.patientId),
      this.catalog.snapshot(scope),
      this.locations.get(scope, appointment.locationId),
      this.practices.own(scope),
      this.settings.effective(scope),
    ]);
    const provider = snapshot.providerById.get(appointment.providerId);
    const local = localTimeOf(zoneId(appointment.zone), appointment.start);
    const facts: Facts = {
      patient_name: patient.firstName,
      patient_type: appointment.patientType,
      apt_date: dateWords(local.slice(0, 10)),
      start_time: timeWords(local.slice(11)),
      practice_name: settings.brand.name ?? practice.name,
      practice_phone: settings.brand.phone ?? location.phone ?? '',
      provider_name: provider?.displayName ?? '',
      reason_name: snapshot.reasonById.get(appointment.reasonId)?.name ?? 'your visit',
      location_name: location.name,
      location_address: addressLine(location),
      manage_link: message.linkToken ? this.links.urlOf(message.linkToken) : '',
      event_words: EVENT_WORDS[appointment.status] ?? 'Visit changed',
    };
    return { appointment, patient, settings, facts, providerEmail: provider?.email ?? null };
  }

  /** Text messages need a yes; e-mails about a booked visit need that nobody said no. */
  mayWrite(patient: Patient, channel: 'email' | 'sms'): boolean {
    const given = consentState(patient.consents)[channel];
    return channel === 'sms' ? given === true : given !== false;
  }
}

function dateWords(date: string): string {
  return `${WEEKDAYS[weekdayOf(date)]}, ${MONTHS[Number(date.slice(5, 7)) - 1]} ${Number(date.slice(8))}`;
}

function timeWords(time: string): string {
  const hour = Number(time.slice(0, 2));
  return `${hour % 12 === 0 ? 12 : hour % 12}:${time.slice(3)} ${hour < 12 ? 'AM' : 'PM'}`;
}

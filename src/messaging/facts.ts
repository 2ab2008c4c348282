import { Injectable } from '@nestjs/common';
import { Catalog } from '../catalog/index.js';
import { PatientLinks } from '../identity/index.js';
import { localTimeOf, weekdayOf, zoneId, type TenantScope, type ZoneId } from '../kernel/index.js';
import { Patients, type Patient } from '../patients/index.js';
import { Appointments, WaitlistOffers, type Appointment, type WaitlistOffer } from '../scheduling/index.js';
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

type MessageSubject = Pick<Message, 'appointmentId' | 'offerId' | 'linkToken'>;

export interface Gathered {
  /** What the message is about: one of the two. */
  appointment: Appointment | null;
  offer: WaitlistOffer | null;
  locationId: string;
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
    private readonly offers: WaitlistOffers,
    private readonly patients: Patients,
    private readonly catalog: Catalog,
    private readonly locations: Locations,
    private readonly practices: Practices,
    private readonly settings: Settings,
    private readonly links: PatientLinks,
  ) {}

  async gather(scope: TenantScope, message: MessageSubject): Promise<Gathered> {
    const { appointmentId, offerId, linkToken } = message;
    const offer = offerId ? await this.offers.get(scope, offerId) : null;
    const appointment = appointmentId === null ? null : await this.appointments.get(scope, appointmentId);
    const visit = appointment ?? offer;
    if (!visit) throw new Error('a message is about a visit or an offer');
    const [patient, snapshot, location, practice, settings] = await Promise.all([
      this.patients.get(scope, visit.patientId),
      this.catalog.snapshot(scope),
      this.locations.get(scope, visit.locationId),
      this.practices.own(scope),
      this.settings.effective(scope),
    ]);
    const provider = snapshot.providerById.get(visit.providerId);
    const local = localTimeOf(zoneId(visit.zone), visit.start);
    const facts: Facts = {
      patient_name: patient.firstName,
      patient_type: visit.patientType,
      apt_date: dateWords(local.slice(0, 10)),
      start_time: timeWords(local.slice(11)),
      practice_name: settings.brand.name ?? practice.name,
      practice_phone: settings.brand.phone ?? location.phone ?? '',
      provider_name: provider?.displayName ?? '',
      reason_name: snapshot.reasonById.get(visit.reasonId)?.name ?? 'your visit',
      location_name: location.name,
      location_address: addressLine(location),
      manage_link: linkToken ? (offer ? this.links.offerUrlOf(linkToken) : this.links.urlOf(linkToken)) : '',
      event_words: EVENT_WORDS[appointment?.status ?? ''] ?? 'Visit changed',
      answer_by: offer ? instantWords(zoneId(offer.zone), offer.expiresAt) : '',
    };
    return {
      appointment,
      offer,
      locationId: visit.locationId,
      patient,
      settings,
      facts,
      providerEmail: provider?.email ?? null,
    };
  }
}

function dateWords(date: string): string {
  return `${WEEKDAYS[weekdayOf(date)]}, ${MONTHS[Number(date.slice(5, 7)) - 1]} ${Number(date.slice(8))}`;
}

function timeWords(time: string): string {
  const hour = Number(time.slice(0, 2));
  return `${hour % 12 === 0 ? 12 : hour % 12}:${time.slice(3)} ${hour < 12 ? 'AM' : 'PM'}`;
}

function instantWords(zone: ZoneId, instant: number): string {
  const local = localTimeOf(zone, instant);
  return `${timeWords(local.slice(11))} on ${dateWords(local.slice(0, 10))}`;
}

import { PERMISSIONS } from '../../src/http/index.js';
import { Api, type ApiAnswer } from '../harness/api.js';
import type { Tenancy, TestAgency } from '../harness/tenants.js';

const WEEK = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, start: '09:00', end: '12:00' }));

/** The parts of a practice that examples are about. Every name, address and number is invented. */
export const MAIN_STREET = {
  name: 'Main Street',
  addressLine1: '1 Main Street',
  city: 'Chicago',
  region: 'IL',
  postalCode: '60601',
  country: 'US',
  phone: '+13125550100',
  zone: 'America/Chicago',
  hours: WEEK,
};
export const ADA = {
  displayName: 'Dr. Ada Park',
  firstName: 'Ada',
  lastName: 'Park',
  title: 'DDS',
  email: 'ada.park@elm.example',
  role: 'dentist',
};
export const CLEANING = {
  name: 'Cleaning and check-up',
  durationMinutes: 45,
  stepMinutes: 30,
  patientTypes: ['new', 'returning'],
};
export const IRIS = {
  firstName: 'Iris',
  lastName: 'Holm',
  dateOfBirth: '1990-04-23',
  phone: '+13125550123',
  email: 'iris.holm@example.com',
};

interface Options {
  name?: string;
  /** Whether patients may book: true unless said otherwise. */
  live?: boolean;
  /** Where its mail goes. Nowhere unless said otherwise. */
  smtpPort?: number;
}

/** A small practice, made through the API: one location, chair, dentist, reason for visit and patient. */
export class ExamplePractice {
  locationId = '';
  operatoryId = '';
  providerId = '';
  reasonId = '';
  patientId = '';

  private constructor(
    readonly id: string,
    /** With the practice's own API key, which holds every permission of a practice. */
    readonly api: Api,
    private readonly smtpPort: number,
  ) {}

  static async open(house: Tenancy, agency: TestAgency, options: Options = {}): Promise<ExamplePractice> {
    const id = await house.practice(agency, options.name ?? 'Elm Dental');
    const ofAPractice = PERMISSIONS.filter((one) => !one.startsWith('agency:'));
    const { api } = await house.key(agency.admin.api.in(id), ofAPractice);
    const practice = new ExamplePractice(id, api, options.smtpPort ?? 9);
    await practice.furnish();
    if (options.live ?? true) await practice.goLive();
    return practice;
  }

  /** Makes something that no example is about. */
  make(path: string, body: object): Promise<ApiAnswer['body']> {
    return this.api.ok('POST', `/v1/${path}`, body);
  }

  private async furnish(): Promise<void> {
    const make = async (path: string, body: object) => (await this.make(path, body)).id as string;
    this.locationId = await make('locations', MAIN_STREET);
    this.operatoryId = await make('operatories', { name: 'Chair 1', locationId: this.locationId });
    const [locationIds, operatoryIds] = [[this.locationId], [this.operatoryId]];
    this.providerId = await make('providers', { ...ADA, locationIds, operatoryIds });
    this.reasonId = await make('reasons', { ...CLEANING, providerIds: [this.providerId], operatoryIds });
    this.patientId = await make('patients', IRIS);
  }

  /** Every step of the set-up. */
  async prepare(): Promise<void> {
    await this.api.ok('PATCH', '/v1/insurance-settings', { acceptOther: true });
    await this.make('connections', {
      pluginId: 'notify-smtp',
      name: 'Mail',
      config: { host: '127.0.0.1', port: this.smtpPort, security: 'none', fromAddress: 'desk@elm.example' },
    });
    await this.api.ok('PATCH', '/v1/settings', { brand: { phone: '+1 312 555 0100', email: 'desk@elm.example' } });
  }

  private async goLive(): Promise<void> {
    await this.prepare();
    await this.api.ok('POST', '/v1/setup/go-live');
  }

  /** The first free time of the reason on a day. */
  async free(date: string): Promise<string> {
    const query = new URLSearchParams({ reasonId: this.reasonId, from: date, days: '1' });
    const { days } = await this.api.ok('GET', `/v1/availability?${query.toString()}`);
    return days[0].slots[0].id as string;
  }

  /** Staff book the first free time of a day for the patient; gives the appointment's id. */
  async book(date: string): Promise<string> {
    const { patientId } = this;
    return (await this.make('appointments', { slotId: await this.free(date), patientId, patientType: 'returning' })).id;
  }

  /** Somebody who has opened the widget. */
  async visitor(): Promise<Api> {
    const { key } = await this.make('widget-keys', { name: 'Program', origins: [], allowServerSide: true });
    const anyone = new Api(this.api.baseUrl);
    return anyone.as((await anyone.ok('POST', '/v1/widget/sessions', { key })).token);
  }

  /** A visitor books the first free time of a day; gives the token of the visit's link. */
  async bookAsVisitor(date: string, patient: object = IRIS): Promise<string> {
    const visitor = await this.visitor();
    const hold = await visitor.ok('POST', '/v1/widget/holds', { slotId: await this.free(date) });
    const { manageUrl } = await visitor.ok('POST', '/v1/widget/bookings', {
      ...{ holdId: hold.id, patientType: 'returning', patient },
      consent: { treatment: true, email: true },
    });
    return manageUrl.split('#')[1] as string;
  }

  /** The appointments that wait for the practice's decision, by start. */
  async requests(): Promise<string[]> {
    const { data } = await this.api.ok('GET', '/v1/appointments?status=requested');
    return data.map((one: { id: string }) => one.id);
  }
}

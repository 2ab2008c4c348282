import { DemoSeed } from '../../src/demo/index.js';
import type { Clock } from '../../src/kernel/index.js';
import type { ApiAnswer } from './api.js';
import { startApp, type RunningApp } from './app.js';
import { request } from './http.js';

type Json = ApiAnswer['body'];

let serial = 0;

/** A practice, spoken to over HTTP with its API key. */
export class PracticeClient {
  baseUrl = '';
  apiKey = '';

  call(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    return request(method, `${this.baseUrl}/v1/${path}`, body, {
      authorization: `Bearer ${this.apiKey}`,
      'idempotency-key': `spec-${++serial}-${Math.trunc(performance.timeOrigin)}`,
    });
  }

  /** Sends a request that must succeed. */
  async ok(method: string, path: string, body?: unknown): Promise<Json> {
    const answer = await this.call(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  location(more: object = {}): Promise<Json> {
    const weekdays = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, start: '09:00', end: '12:00' }));
    return this.ok('POST', 'locations', {
      name: `Place ${++serial}`,
      addressLine1: '1 Elm Street',
      city: 'Chicago',
      postalCode: '60601',
      country: 'US',
      zone: 'America/Chicago',
      hours: weekdays,
      ...more,
    });
  }

  operatory(locationId: string): Promise<Json> {
    return this.ok('POST', 'operatories', { name: `Operatory ${++serial}`, locationId });
  }

  provider(locationIds: string[], operatoryIds: string[], more: object = {}): Promise<Json> {
    const name = `Provider ${++serial}`;
    const [firstName, lastName] = [`Ada${serial}`, 'Park'];
    const email = `provider${serial}@example.com`;
    return this.ok('POST', 'providers', {
      ...{ displayName: name, firstName, lastName, email, role: 'dentist', locationIds, operatoryIds },
      ...more,
    });
  }

  reason(providerIds: string[], operatoryIds: string[], more: object = {}): Promise<Json> {
    return this.ok('POST', 'reasons', {
      ...{ name: `Reason ${++serial}`, durationMinutes: 30, stepMinutes: 30, patientTypes: ['new', 'returning'] },
      ...{ minNoticeMinutes: 0, providerIds, operatoryIds },
      ...more,
    });
  }

  /** One location, two operatories, two providers who work in both. */
  async team(location: object = {}, provider: object = {}) {
    const place = await this.location(location);
    const chairs = [await this.operatory(place.id), await this.operatory(place.id)];
    const chairIds = chairs.map(({ id }) => id as string);
    const ann = await this.provider([place.id], chairIds, provider);
    const bob = await this.provider([place.id], chairIds, provider);
    return { place, chairIds, ann, bob, people: [ann.id as string, bob.id as string] };
  }

  /** The slots of one reason on some days from a date on. */
  async slots(reasonId: string, from: string, more = ''): Promise<Json[]> {
    const { days } = await this.ok('GET', `availability?reasonId=${reasonId}&from=${from}&days=1${more}`);
    return days.flatMap((day: Json) => day.slots);
  }

  /** Local times `HH:mm` of the slots. */
  async times(reasonId: string, from: string, more = ''): Promise<string[]> {
    return (await this.slots(reasonId, from, more)).map(({ local }) => local.slice(11));
  }

  async hold(slotId: string): Promise<Json> {
    return this.ok('POST', 'holds', { slotId });
  }

  /** Holds the reason's slot at a local time, of this provider if one is named. */
  async holdAt(reasonId: string, date: string, time: string, providerId?: string): Promise<Json> {
    const slots = await this.slots(reasonId, date, '&anyProvider=false');
    const slot = slots.find((one) => one.local === `${date}T${time}` && (!providerId || one.providerId === providerId));
    if (!slot) throw new Error(`no slot at ${date} ${time}`);
    return this.hold(slot.id);
  }
}

/** The whole application in this process with one practice. */
export class PracticeUnderTest extends PracticeClient {
  app!: RunningApp;
  practiceId!: string;
  widgetKey!: string;

  async start(clock: Clock, env: Record<string, string> = { ROLE: 'api' }): Promise<void> {
    this.app = await startApp({ clock, env });
    const { practiceId, apiKey, widgetKey } = await this.app.app.get(DemoSeed, { strict: false }).run();
    Object.assign(this, { practiceId, apiKey, widgetKey, baseUrl: this.app.baseUrl });
  }
}

import { randomBytes } from 'node:crypto';
import { PERMISSIONS } from '../../src/http/index.js';
import type { IdKind } from '../../src/kernel/index.js';
import type { AppProcess } from './processes.js';
import type { AnyIdKind } from './schema.js';
import { until } from './until.js';
import { TestVisitor, somebody, type Answer } from './visitor.js';

const ALL_DAY = [0, 1, 2, 3, 4, 5, 6].map((weekday) => ({ weekday, start: '08:00', end: '18:00' }));
const PASSWORD = 'a long enough pass phrase';

interface Made {
  id: string;
}

/** A client of the API with one credential. */
export class ApiClient {
  constructor(
    private readonly baseUrl: string,
    private readonly headers: Record<string, string>,
  ) {}

  /** The same client, with more headers. */
  with(headers: Record<string, string>): ApiClient {
    return new ApiClient(this.baseUrl, { ...this.headers, ...headers });
  }

  send<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    return this.raw(method, path, body === undefined ? undefined : JSON.stringify(body), headers);
  }

  /** Sends text as it is in place of JSON of an object. */
  async raw<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: string,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const answer = await fetch(`${this.baseUrl}${path}`, {
      method,
      headers: {
        ...this.headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body ?? null,
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: (text ? JSON.parse(text) : {}) as T };
  }

  /** The body of an answer that must be a success. */
  async want<T = Made>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.send<T>(method, path, body);
    if (answer.status >= 300)
      throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
}

/** An agency of its own, and its admin's client. */
export async function newAgency(app: AppProcess, platformToken: string): Promise<{ id: string; admin: ApiClient }> {
  const platform = new ApiClient(app.baseUrl, { authorization: `Bearer ${platformToken}` });
  const adminEmail = `${randomBytes(6).toString('hex')}@agency.example`;
  const agency = await platform.want<{ id: string; inviteToken: string }>('POST', '/v1/agencies', {
    name: 'Harbor Group',
    adminEmail,
    adminName: 'Robin Vale',
  });
  const nobody = new ApiClient(app.baseUrl, {});
  await nobody.want('POST', '/v1/auth/password', { inviteToken: agency.inviteToken, password: PASSWORD });
  const { accessToken } = await nobody.want<{ accessToken: string }>('POST', '/v1/auth/login', {
    email: adminEmail,
    password: PASSWORD,
  });
  return { id: agency.id, admin: new ApiClient(app.baseUrl, { authorization: `Bearer ${accessToken}` }) };
}

/** A live practice with two of everything, all made through the API as its people would. */
export class FurnishedPractice {
  /** Two ids of each kind of thing. */
  readonly ids = new Map<AnyIdKind, string[]>();

  private constructor(
    readonly id: string,
    /** With the practice's own API key, which holds every permission of a practice. */
    readonly client: ApiClient,
    readonly visitor: TestVisitor,
  ) {
    this.ids.set('practice', [id]);
  }

  static async create(app: AppProcess, admin: ApiClient): Promise<FurnishedPractice> {
    const { id } = await admin.want('POST', '/v1/practices', { name: 'Elm Street Dental' });
    const key = await admin
      .send<{ secret: string }>(
        'POST',
        '/v1/api-keys',
        { name: 'All', mode: 'test', permissions: PERMISSIONS.filter((one) => !one.startsWith('agency:')) },
        { 'openchair-practice': id },
      )
      .then(({ body }) => body.secret);
    const client = new ApiClient(app.baseUrl, { authorization: `Bearer ${key}` });
    const site = await client.want<Made & { key: string }>('POST', '/v1/widget-keys', {
      name: 'Site',
      origins: [],
      allowServerSide: true,
    });
    const practice = new FurnishedPractice(id, client, new TestVisitor(app.baseUrl, site.key));
    practice.ids.set('widgetKey', [site.id]);
    await practice.furnish();
    return practice;
  }

  /** The first id of a kind, or the second. */
  idOf(kind: AnyIdKind, place: 0 | 1 = 0): string {
    const id = this.ids.get(kind)?.[place];
    if (!id) throw new Error(`the practice has no ${kind}: make it in furnish()`);
    return id;
  }

  private async twice(kind: IdKind, path: string, body: (place: number) => object): Promise<void> {
    for (const place of [0, 1]) await this.keep(kind, this.client.want('POST', path, body(place)));
  }

  private async keep(kind: IdKind, made: Promise<Made>): Promise<void> {
    this.ids.set(kind, [...(this.ids.get(kind) ?? []), (await made).id]);
  }

  private async furnish(): Promise<void> {
    await this.twice('location', '/v1/locations', (place) => ({
      name: `Office ${place}`,
      addressLine1: '1 Elm Street',
      city: 'Springfield',
      postalCode: '62701',
      country: 'US',
      zone: 'America/Chicago',
      hours: ALL_DAY,
    }));
    await this.twice('operatory', '/v1/operatories', (place) => ({
      name: `Chair ${place}`,
      locationId: this.idOf('location'),
    }));
    await this.twice('provider', '/v1/providers', (place) => ({
      displayName: `Dr. ${place}`,
      firstName: 'Ada',
      lastName: 'Park',
      email: `doctor${place}@elm.example`,
      role: 'dentist',
      operatoryIds: [this.idOf('operatory', place as 0 | 1)],
      locationIds: [this.idOf('location')],
    }));
    await this.twice('reason', '/v1/reasons', (place) => ({
      name: `Visit ${place}`,
      durationMinutes: 30,
      patientTypes: ['new', 'returning'],
      providerIds: [this.idOf('provider', place as 0 | 1)],
      operatoryIds: [this.idOf('operatory', place as 0 | 1)],
    }));
    await this.twice('carrier', '/v1/carriers', (place) => ({ name: `Carrier ${place}` }));
    await this.twice('referrer', '/v1/referrers', (place) => ({ label: `Sign ${place}` }));
    await this.twice('patient', '/v1/patients', somebody);
    await this.twice('family', '/v1/families', (place) => ({
      members: [{ patientId: this.idOf('patient', place as 0 | 1), role: 'self' }],
    }));
    await this.twice('user', '/v1/users', (place) => ({
      email: `${randomBytes(6).toString('hex')}@elm.example`,
      name: `Desk ${place}`,
      role: 'scheduler',
    }));
    await this.twice('apiKey', '/v1/api-keys', (place) => ({
      name: `Key ${place}`,
      mode: 'test',
      permissions: ['catalog:read'],
    }));
    await this.keep(
      'widgetKey',
      this.client.want('POST', '/v1/widget-keys', { name: 'Other site', origins: ['https://elm.example'] }),
    );
    await this.twice('connection', '/v1/connections', (place) => ({
      pluginId: 'notify-smtp',
      name: `Mail ${place}`,
      config: { host: '127.0.0.1', port: 9, security: 'none', fromAddress: 'desk@elm.example' },
    }));
    await this.client.want('PATCH', '/v1/insurance-settings', { acceptOther: true });
    await this.client.want('PATCH', '/v1/settings', { brand: { phone: '+13125550142', email: 'desk@elm.example' } });
    await this.client.want('POST', '/v1/setup/go-live');
    await this.visitor.open();
    await this.book();
    // What happened at the beginning is in the feed when it is settled.
    const feed = () => this.client.want<{ data: Made[] }>('GET', '/v1/events?limit=2');
    const { data } = await until(feed, (page) => page.data.length === 2);
    this.ids.set(
      'event',
      data.map(({ id }) => id),
    );
  }

  private async book(): Promise<void> {
    const slots = await this.visitor.slots(this.idOf('reason'), 14);
    const [first, second, third, ...others] = slots.filter((_, place) => place % 8 === 0);
    for (const slot of [first, second]) {
      const body = { slotId: slot?.id, patientId: this.idOf('patient'), patientType: 'returning' };
      await this.keep('appointment', this.client.want('POST', '/v1/appointments', body));
    }
    await this.keep('hold', this.client.want('POST', '/v1/holds', { slotId: third?.id }));
    this.ids.set(
      'slot',
      others.map(({ id }) => id),
    );
  }
}

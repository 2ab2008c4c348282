import { randomBytes } from 'node:crypto';
import { PERMISSIONS } from '../../src/http/index.js';
import type { Clock } from '../../src/kernel/index.js';
import { Api } from './api.js';
import { startApp, type RunningApp } from './app.js';
import { testEnvironment } from './config.js';

export interface LoggedIn {
  id: string;
  email: string;
  password: string;
  api: Api;
  refreshToken: string;
  accessToken: string;
}

export interface TestAgency {
  id: string;
  admin: LoggedIn;
}

const PASSWORD = 'a long enough password';

/** The whole application with agencies, practices, people and keys that are made through the API alone. */
export class Tenancy {
  private constructor(
    readonly running: RunningApp,
    readonly env: Record<string, string>,
  ) {}

  static async start(options: { clock?: Clock; env?: Record<string, string> } = {}): Promise<Tenancy> {
    const env = testEnvironment(options.env);
    return new Tenancy(await startApp({ env, ...(options.clock ? { clock: options.clock } : {}) }), env);
  }

  /** A second process' worth of the same installation: same database, same Redis, own memory. */
  async twin(clock?: Clock): Promise<RunningApp> {
    return startApp({ env: this.env, ...(clock ? { clock } : {}) });
  }

  get anyone(): Api {
    return new Api(this.running.baseUrl);
  }

  get platform(): Api {
    return this.anyone.as(this.env['PLATFORM_TOKEN'] as string);
  }

  async agency(name = 'North Agency', email = address()): Promise<TestAgency> {
    const made = await this.platform.ok('POST', '/v1/agencies', { name, adminEmail: email, adminName: 'Ann Admin' });
    return { id: made.id, admin: await this.takeUp(made.inviteToken, email) };
  }

  /** A new practice's id. */
  async practice(agency: TestAgency, name = 'Elm Dental'): Promise<string> {
    return (await agency.admin.api.ok('POST', '/v1/practices', { name })).id;
  }

  /** A user with `role`, invited by `inviter` and logged in. */
  async user(inviter: Api, role: string): Promise<LoggedIn> {
    const email = address();
    const { inviteToken } = await inviter.ok('POST', '/v1/users', { email, name: 'Uma User', role });
    return this.takeUp(inviteToken, email);
  }

  /** A key with these permissions, and the program that holds it. */
  async key(maker: Api, permissions: string[], more: object = {}): Promise<{ id: string; secret: string; api: Api }> {
    const made = await maker.ok('POST', '/v1/api-keys', { name: 'Spec', mode: 'test', permissions, ...more });
    return { id: made.id, secret: made.secret, api: this.anyone.as(made.secret) };
  }

  async logIn(email: string, password = PASSWORD): Promise<Pick<LoggedIn, 'api' | 'refreshToken' | 'accessToken'>> {
    const tokens = await this.anyone.ok('POST', '/v1/auth/login', { email, password });
    return { ...tokens, api: this.anyone.as(tokens.accessToken) };
  }

  private async takeUp(inviteToken: string, email: string): Promise<LoggedIn> {
    await this.anyone.ok('POST', '/v1/auth/password', { inviteToken, password: PASSWORD });
    const tokens = await this.logIn(email);
    const { id } = await tokens.api.ok('GET', '/v1/auth/me');
    return { id, email, password: PASSWORD, ...tokens };
  }
}

export function address(): string {
  return `${randomBytes(6).toString('hex')}@example.com`;
}

/** All that a key of a practice may be allowed. */
export const OF_A_PRACTICE = PERMISSIONS.filter((one) => !one.startsWith('agency:'));

export const location = (more: object = {}) => ({
  name: 'Main Street',
  addressLine1: '1 Main Street',
  city: 'Chicago',
  postalCode: '60601',
  country: 'US',
  zone: 'America/Chicago',
  hours: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, start: '09:00', end: '17:00' })),
  ...more,
});

/** Does every step of the set-up but the last; `open` does the last too. */
export async function setUp(practice: Api, open = true): Promise<{ locationId: string; reasonId: string }> {
  const place = await practice.ok('POST', '/v1/locations', location());
  const chair = await practice.ok('POST', '/v1/operatories', { name: 'Operatory 1', locationId: place.id });
  const doctor = await practice.ok('POST', '/v1/providers', {
    displayName: 'Dr. Ada Park',
    firstName: 'Ada',
    lastName: 'Park',
    email: 'ada@example.com',
    role: 'dentist',
    operatoryIds: [chair.id],
    locationIds: [place.id],
  });
  const reason = await practice.ok('POST', '/v1/reasons', {
    name: 'New patient exam',
    durationMinutes: 45,
    patientTypes: ['new'],
    providerIds: [doctor.id],
    operatoryIds: [chair.id],
  });
  await practice.ok('PATCH', '/v1/insurance-settings', { acceptOther: true });
  await practice.ok('POST', '/v1/connections', {
    pluginId: 'notify-smtp',
    name: 'Mail',
    config: { host: '127.0.0.1', port: 2525, security: 'none', fromAddress: 'desk@example.com' },
  });
  await practice.ok('PATCH', '/v1/settings', { brand: { phone: '+1 312 555 0100' } });
  if (open) await practice.ok('POST', '/v1/setup/go-live');
  return { locationId: place.id, reasonId: reason.id };
}

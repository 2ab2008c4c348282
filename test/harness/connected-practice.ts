import type { PluginConfig } from '@openchair/plugin-kit';
import type { Clock } from '../../src/kernel/index.js';
import type { Api, ApiAnswer } from './api.js';
import { location, OF_A_PRACTICE, Tenancy } from './tenants.js';
import { until } from './until.js';
import { somebody } from './visitor.js';

type Json = ApiAnswer['body'];

interface Wanted {
  pluginId: string;
  config: PluginConfig;
  clock?: Clock;
  /** Who can be booked and where, by their ids in the practice system. */
  provider: string;
  operatories: string[];
}

/** A practice that is connected to an emulated practice system, and does everything through the API alone. */
export class ConnectedPractice {
  private constructor(
    private readonly tenancy: Tenancy,
    readonly api: Api,
    readonly practiceId: string,
    readonly connectionId: string,
    readonly reasonId: string,
  ) {}

  /** Connects, waits for the import, and opens half hours of one provider. */
  static async open({ pluginId, config, clock, provider, operatories }: Wanted): Promise<ConnectedPractice> {
    const tenancy = await Tenancy.start({ ...(clock ? { clock } : {}), env: { SYNC_POLL_SECONDS: '1' } });
    const agency = await tenancy.agency();
    const practiceId = await tenancy.practice(agency);
    // A key does not run out when a spec sets the clock ahead.
    const { api } = await tenancy.key(agency.admin.api.in(practiceId), OF_A_PRACTICE);
    // The hours come from the practice system.
    const { id: locationId } = await api.ok('POST', '/v1/locations', location({ hours: [] }));
    const connection = { pluginId, name: 'Front office', config, locationIds: [locationId] };
    const { id } = await api.ok('POST', '/v1/connections', connection);
    await until(
      () => api.ok('GET', `/v1/sync/connections/${id}`),
      ({ phase, healthy }) => phase === 'live' && healthy,
    );
    const idsOf = async (path: string, foreignIds: string[]): Promise<string[]> => {
      const { data } = await api.ok('GET', path);
      return foreignIds.map((wanted) => data.find(({ foreign }: Json) => foreign?.foreignId === wanted).id);
    };
    const providerIds = await idsOf('/v1/providers', [provider]);
    const operatoryIds = await idsOf('/v1/operatories', operatories);
    await api.ok('PATCH', `/v1/providers/${providerIds[0]}`, { active: true });
    const reason = { name: 'Check-up', durationMinutes: 30, stepMinutes: 30, minNoticeMinutes: 0 };
    const who = { patientTypes: ['new', 'returning'], providerIds, operatoryIds };
    const { id: reasonId } = await api.ok('POST', '/v1/reasons', { ...reason, ...who });
    return new ConnectedPractice(tenancy, api, practiceId, id, reasonId);
  }

  get running() {
    return this.tenancy.running;
  }

  stop(): Promise<void> {
    return this.tenancy.running.stop();
  }

  /** How the exchange stands. */
  status(): Promise<Json> {
    return this.api.ok('GET', `/v1/sync/connections/${this.connectionId}`);
  }

  /** Reads everything at once. */
  run(): Promise<Json> {
    return this.api.ok('POST', `/v1/sync/connections/${this.connectionId}/run`, { kind: 'all' });
  }

  /** What the status says of each list beside the book, once none of them is still to be read. */
  async listed(): Promise<Record<string, [state: string, records: number]>> {
    const { lists } = await until(
      () => this.status(),
      (status) => status.lists.every(({ state }: Json) => state !== 'waiting'),
    );
    return Object.fromEntries(lists.map(({ kind, state, records }: Json) => [kind, [state, records]]));
  }

  /** The reason stands for the appointment type of that name from now on. */
  async standFor(name: string): Promise<void> {
    const types = `/v1/sync/connections/${this.connectionId}/appointment-types`;
    const { data } = await this.api.ok('GET', types);
    const { id } = data.find((type: Json) => type.name === name);
    await this.api.ok('PUT', `${types}/${id}/reasons/${this.reasonId}`, {});
  }

  appointment(id: string): Promise<Json> {
    return this.api.ok('GET', `/v1/appointments/${id}`);
  }

  /** Waits until the appointment fits. */
  async becomes(id: string, fits: (appointment: Json) => boolean): Promise<Json> {
    return until(() => this.appointment(id), fits);
  }

  synced(id: string, state: string): Promise<Json> {
    return this.becomes(id, ({ sync }) => sync.state === state);
  }

  /** The slots of a day by their wall time, `HH:mm`. */
  async times(date: string): Promise<Map<string, Json>> {
    const { days } = await this.api.ok('GET', `/v1/availability?reasonId=${this.reasonId}&from=${date}&days=1`);
    const slots = (days as Json[]).flatMap((day) => day.slots as Json[]);
    return new Map(slots.map((slot) => [slot.local.slice(11) as string, slot]));
  }

  async patient(more: object = {}): Promise<Json> {
    return this.api.ok('POST', '/v1/patients', { ...somebody(), ...more });
  }

  async book(date: string, time: string, patient: { id: string }): Promise<Json> {
    const slotId = await this.slotAt(date, time);
    return this.api.ok('POST', '/v1/appointments', { slotId, patientId: patient.id, patientType: 'new' });
  }

  async reschedule(id: string, date: string, time: string): Promise<Json> {
    const slotId = await this.slotAt(date, time);
    return this.api.ok('POST', `/v1/appointments/${id}/reschedule`, { slotId });
  }

  confirm(id: string): Promise<Json> {
    return this.api.ok('POST', `/v1/appointments/${id}/confirm`);
  }

  cancel(id: string): Promise<Json> {
    return this.api.ok('POST', `/v1/appointments/${id}/cancel`, { reason: 'patient_request' });
  }

  private async slotAt(date: string, time: string): Promise<string> {
    const slot = (await this.times(date)).get(time);
    if (!slot) throw new Error(`no slot on ${date} at ${time}`);
    return slot.id;
  }
}

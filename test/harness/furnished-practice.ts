import { EventRepository } from '../../src/events/index.js';
import { mintTenantScope, newId, type TenantScope } from '../../src/kernel/index.js';
import { WorkRepository } from '../../src/queues/index.js';
import { ZoneChanges } from '../../src/scheduling/zone-rules/zone-rules.schema.js';
import { UnreadableRepository } from '../../src/sync/unreadable/unreadable.schema.js';
import { ConflictRepository } from '../../src/sync/conflicts/conflict.schema.js';
import { ListItems } from '../../src/sync/lists/list-item.schema.js';
import { listItemId, recallId } from '../../src/sync/lists/lists.js';
import { Recalls } from '../../src/sync/lists/recall.schema.js';
import type { Api } from './api.js';
import type { AnyIdKind } from './schema.js';
import { until } from './until.js';
import { address, location, OF_A_PRACTICE, type Tenancy, type TestAgency } from './tenants.js';
import { somebody, TestVisitor } from './visitor.js';

const LONG_AGO = Date.UTC(2027, 0, 4);
const ALL_DAY = [0, 1, 2, 3, 4, 5, 6].map((weekday) => ({ weekday, start: '08:00', end: '18:00' }));

/** A live practice with two of everything, all made through the API as its people would. */
export class FurnishedPractice {
  /** Two ids of each kind of thing. */
  readonly ids = new Map<AnyIdKind, string[]>();

  private constructor(
    readonly id: string,
    /** With the practice's own API key, which holds every permission of a practice. */
    readonly api: Api,
    readonly visitor: TestVisitor,
  ) {
    this.ids.set('practice', [id]);
  }

  static async create(tenancy: Tenancy, agency: TestAgency): Promise<FurnishedPractice> {
    const id = await tenancy.practice(agency);
    const { api } = await tenancy.key(agency.admin.api.in(id), OF_A_PRACTICE);
    const site = await api.ok('POST', '/v1/widget-keys', { name: 'Site', origins: [], allowServerSide: true });
    const practice = new FurnishedPractice(id, api, new TestVisitor(tenancy.running.baseUrl, site.key));
    practice.ids.set('widgetKey', [site.id]);
    await practice.furnish();
    await practice.shareOf(agency);
    await practice.book();
    await practice.leaveTraces(tenancy);
    return practice;
  }

  /** The first id of a kind, or the second. */
  idOf(kind: AnyIdKind, place: 0 | 1 = 0): string {
    const id = this.ids.get(kind)?.[place];
    if (!id) throw new Error(`the practice has no ${kind}: make it in furnish()`);
    return id;
  }

  private async keep(kind: AnyIdKind, path: string, body: object): Promise<void> {
    const { id } = await this.api.ok('POST', path, body);
    this.ids.set(kind, [...(this.ids.get(kind) ?? []), id]);
  }

  private async twice(kind: AnyIdKind, path: string, body: (place: 0 | 1) => object): Promise<void> {
    for (const place of [0, 1] as const) await this.keep(kind, path, body(place));
  }

  private async furnish(): Promise<void> {
    await this.twice('location', '/v1/locations', (place) => location({ name: `Office ${place}`, hours: ALL_DAY }));
    const locationId = this.idOf('location');
    await this.twice('operatory', '/v1/operatories', (place) => ({ name: `Chair ${place}`, locationId }));
    await this.twice('provider', '/v1/providers', (place) => ({
      displayName: `Dr. ${place}`,
      firstName: 'Ada',
      lastName: 'Park',
      email: `doctor${place}@elm.example`,
      role: 'dentist',
      operatoryIds: [this.idOf('operatory', place)],
      locationIds: [locationId],
    }));
    await this.twice('reason', '/v1/reasons', (place) => ({
      name: `Visit ${place}`,
      durationMinutes: 30,
      patientTypes: ['new', 'returning'],
      providerIds: [this.idOf('provider', place)],
      operatoryIds: [this.idOf('operatory', place)],
    }));
    await this.twice('carrier', '/v1/carriers', (place) => ({ name: `Carrier ${place}` }));
    await this.twice('referrer', '/v1/referrers', (place) => ({ label: `Sign ${place}` }));
    await this.twice('patient', '/v1/patients', somebody);
    await this.twice('family', '/v1/families', (place) => ({
      members: [{ patientId: this.idOf('patient', place), role: 'self' }],
    }));
    const desk = (place: number) => ({ email: address(), name: `Desk ${place}`, role: 'scheduler' });
    await this.twice('user', '/v1/users', desk);
    const key = (place: number) => ({ name: `Key ${place}`, mode: 'test', permissions: ['catalog:read'] });
    await this.twice('apiKey', '/v1/api-keys', key);
    await this.keep('widgetKey', '/v1/widget-keys', { name: 'Other site', origins: ['https://elm.example'] });
    // Switched off: it is asked about, and does nothing by itself.
    await this.keep('connection', '/v1/connections', {
      ...{ pluginId: 'pms-sandbox', name: 'Practice system', active: false },
      config: { seed: 'elm', hours: 'standard' },
    });
    await this.twice('connection', '/v1/connections', (place) => ({
      pluginId: 'notify-smtp',
      name: `Mail ${place}`,
      config: { host: '127.0.0.1', port: 9, security: 'none', fromAddress: 'desk@elm.example' },
    }));
    await this.api.ok('PATCH', '/v1/insurance-settings', { acceptOther: true });
    await this.api.ok('PATCH', '/v1/settings', { brand: { phone: '+13125550142', email: 'desk@elm.example' } });
    await this.api.ok('POST', '/v1/setup/go-live');
    await this.visitor.open();
  }

  /** What the practice's agency shares with it. */
  private async shareOf({ admin }: TestAgency): Promise<void> {
    for (const place of [0, 1]) {
      const { id } = await admin.api.ok('POST', '/v1/agencies/current/connections', {
        pluginId: 'notify-smtp',
        name: `Shared mail ${place}`,
        practiceIds: [this.id],
        config: { host: '127.0.0.1', port: 9, security: 'none', fromAddress: 'desk@elm.example' },
      });
      this.ids.set('agencyConnection', [...(this.ids.get('agencyConnection') ?? []), id]);
    }
  }

  private async book(): Promise<void> {
    const all = await this.visitor.slots(this.idOf('reason'), 14);
    const [first, second, third, ...others] = all.filter((_, place) => place % 8 === 0).map(({ id }) => id);
    for (const slotId of [first, second])
      await this.keep('appointment', '/v1/appointments', {
        slotId,
        patientId: this.idOf('patient'),
        patientType: 'returning',
      });
    await this.twice('block', '/v1/blocks', (place) => ({
      ...{ locationId: this.idOf('location'), operatoryIds: [this.idOf('operatory', 1)], type: 'maintenance' },
      ...{ startDate: `2027-12-1${place}`, endDate: `2027-12-1${place}` },
    }));
    await this.keep('hold', '/v1/holds', { slotId: third });
    const [fourth, fifth, sixth, seventh, ...left] = others;
    await this.keep('groupHold', '/v1/holds/groups', { slotIds: [fourth, fifth] });
    await this.keep('groupHold', '/v1/holds/groups', { slotIds: [sixth, seventh] });
    this.ids.set('slot', left);
    await this.twice('waitlistEntry', '/v1/waitlist', () => ({
      ...{ patientId: this.idOf('patient'), patientType: 'returning', reasonId: this.idOf('reason') },
      ...{ from: '2027-03-15', to: '2099-03-20' },
    }));
    for (const place of [0, 1] as const)
      await this.keep('waitlistOffer', `/v1/waitlist/${this.idOf('waitlistEntry', place)}/offers`, {
        slotId: left.shift(),
        way: 'telephone',
      });
    for (const slotIds of [left.splice(0, 2), left.splice(0, 2)]) {
      const { id: groupHoldId } = await this.api.ok('POST', '/v1/holds/groups', { slotIds });
      const visits = [{ patientId: this.idOf('patient'), patientType: 'returning' }];
      await this.keep('visitGroup', '/v1/appointments/groups', { groupHoldId, visits });
    }
  }

  /** What nobody makes by a request: events, and work that has come to the end of its ladder. */
  private async leaveTraces(tenancy: Tenancy): Promise<void> {
    const scope = mintTenantScope(this.id, { kind: 'system', id: 'spec' });
    const rows = tenancy.running.app.get(EventRepository).forTenant(scope);
    // The relay passes events on behind the answers: from here on nothing changes by itself.
    await until(
      () => rows.count({ pending: true }),
      (pending) => pending === 0,
    );
    const events = await rows.find({}, { limit: 2 });
    this.ids.set(
      'event',
      events.map(({ _id }) => _id),
    );
    const letters = [0, 1].map((place) => `spec.letter:${this.id}-${place}`);
    const ended = { state: 'dead' as const, attempts: 9, lastError: 'VendorError', finishedAt: null, expireAt: null };
    await tenancy.running.app
      .get(WorkRepository)
      .forTenant(scope)
      .insertMany(
        letters.map((_id) => ({
          _id,
          kind: 'spec.letter',
          payload: {},
          dueAt: 0,
          leaseUntil: null,
          leaseToken: null,
          ...ended,
        })),
      );
    this.ids.set('deadLetter', letters);
    await tenancy.running.app
      .get(ConflictRepository)
      .forTenant(scope)
      .insertMany([0, 1].map((place) => this.conflict(place as 0 | 1)));
    await this.leaveLists(tenancy, scope);
    await tenancy.running.app
      .get(UnreadableRepository)
      .forTenant(scope)
      .insertMany([0, 1].map((place) => this.unreadable(place)));
    const changes = [0, 1].map((place) => ({
      ...{ _id: newId('zoneChange', LONG_AGO + place), from: '2026f', to: '2027a', zones: ['America/Chicago'] },
      ...{ startedAt: LONG_AGO, finishedAt: LONG_AGO + place, moved: 0, inGap: 0, overlapping: 0 },
    }));
    await tenancy.running.app.get(ZoneChanges).forTenant(scope).insertMany(changes);
    this.ids.set(
      'zoneChange',
      changes.map(({ _id }) => _id),
    );
  }

  /** What a practice system lists: an appointment type and a recall, twice. */
  private async leaveLists({ running: { app } }: Tenancy, scope: TenantScope): Promise<void> {
    const connectionId = this.idOf('connection');
    const places = ['0', '1'];
    const types = places.map((foreignId) => ({
      ...{ _id: listItemId(connectionId, 'appointment_types', foreignId), connectionId, foreignId, round: 1 },
      ...{
        list: 'appointment_types' as const,
        name: `Type ${foreignId}`,
        active: true,
        minutes: 30,
        procedureCodes: [],
      },
      ...{ code: null, payerId: null, pattern: null, colour: null, sortKey: foreignId, words: foreignId },
    }));
    const recalls = places.map((foreignId) => ({
      ...{ _id: recallId(connectionId, foreignId), connectionId, foreignId, patientForeignId: foreignId, round: 1 },
      ...{ type: 'Prophy', dueOn: '2027-03-15', scheduledOn: null },
    }));
    await app.get(ListItems).forTenant(scope).insertMany(types);
    await app.get(Recalls).forTenant(scope).insertMany(recalls);
    for (const { _id } of types) this.ids.set('pmsListItem', [...(this.ids.get('pmsListItem') ?? []), _id]);
    for (const { _id } of recalls) this.ids.set('recall', [...(this.ids.get('recall') ?? []), _id]);
  }

  /** A visit of the practice system that cannot be read. */
  private unreadable(place: number) {
    const connectionId = this.idOf('connection');
    const foreignId = `odd-${this.id}-${place}`;
    const why = { field: 'start', reason: 'malformed', records: 1, since: LONG_AGO, seenAt: LONG_AGO };
    return {
      _id: `${connectionId}/appointments/${foreignId}`,
      connectionId,
      kind: 'appointments',
      foreignId,
      ...why,
    } as const;
  }

  /** A visit of ours over one of the practice system's. */
  private conflict(place: 0 | 1) {
    const _id = newId('syncConflict', LONG_AGO + place);
    this.ids.set('syncConflict', [...(this.ids.get('syncConflict') ?? []), _id]);
    const visit = {
      start: LONG_AGO,
      end: LONG_AGO + 1_800_000,
      providerId: this.idOf('provider'),
      operatoryId: this.idOf('operatory'),
    };
    return {
      _id,
      connectionId: this.idOf('connection'),
      appointmentId: this.idOf('appointment', place),
      kind: 'overlap' as const,
      open: true,
      theirs: null,
      ours: { ...visit, status: 'booked' as const },
      alternatives: [],
      pageIds: [],
      resolution: null,
      resolvedAt: null,
    };
  }
}

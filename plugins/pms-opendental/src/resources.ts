import { type Call, orNull, type PluginDeps, type PmsAppointmentType, type PmsProvider } from '@openchair/plugin-kit';
import type { ListRequest, OpenDentalApi } from './api.js';
import { appointmentTypeOf } from './lists.js';
import { type Operatory, operatoryOf, providerOf } from './people.js';
import { keyOf, type Row, textOf } from './rows.js';

/** Lists that change seldom are read again after so long. */
const FRESH_MS = 600_000;
/** The category of definitions that holds providers' specialties. */
const SPECIALTIES = 35;

/** What writes and other reads need of the office's set-up, kept for some minutes: every request counts against a throttle. */
export class Resources {
  private readonly kept = new Map<string, { at: number; value: Promise<unknown> }>();

  constructor(
    private readonly api: OpenDentalApi,
    private readonly clock: PluginDeps['clock'],
  ) {}

  operatories(call: Call): Promise<readonly Operatory[]> {
    return this.keep('operatories', () => this.api.all(call, this.operatoryList()));
  }

  operatoryList(): ListRequest<Operatory> {
    return { path: '/operatories', query: this.api.clinic, key: 'OperatoryNum', read: (row) => [operatoryOf(row)] };
  }

  providers(call: Call): Promise<readonly PmsProvider[]> {
    return this.keep('providers', async () => this.api.all(call, await this.providerList(call)));
  }

  /** How providers are read: with the operatories and specialties that their records only hint at. */
  async providerList(call: Call): Promise<ListRequest<PmsProvider>> {
    const [operatories, specialties] = [await this.operatories(call), await this.specialties(call)];
    return { path: '/providers', key: 'ProvNum', read: (row) => [providerOf(row, operatories, specialties)] };
  }

  appointmentTypes(call: Call): Promise<readonly PmsAppointmentType[]> {
    return this.keep('types', () => this.api.all(call, this.appointmentTypeList()));
  }

  appointmentTypeList(): ListRequest<PmsAppointmentType> {
    return { path: '/appointmenttypes', key: 'AppointmentTypeNum', read: (row) => [appointmentTypeOf(row)] };
  }

  /** Names of specialties; none where the API does not give definitions. */
  specialties(call: Call): Promise<ReadonlyMap<string, string>> {
    return this.keep('specialties', async () => {
      const names = this.names(call, '/definitions', { Category: SPECIALTIES }, 'DefNum', 'ItemName');
      return (await orNull(names)) ?? new Map<string, string>();
    });
  }

  /** Names of recall types; none before version 24.1. */
  recallTypes(call: Call): Promise<ReadonlyMap<string, string>> {
    return this.keep('recall-types', async () => {
      const names = this.names(call, '/recalltypes', {}, 'RecallTypeNum', 'Description');
      return (await orNull(names)) ?? new Map<string, string>();
    });
  }

  private async names(call: Call, path: string, query: Record<string, number>, key: string, name: string) {
    const read = (row: Row) => [[keyOf(row, key), textOf(row, name)] as const];
    return new Map(await this.api.all(call, { path, query, key, read }));
  }

  /** One answer for all who ask within some minutes; a failure is not kept. */
  private keep<T>(name: string, load: () => Promise<T>): Promise<T> {
    const now = this.clock.now();
    const known = this.kept.get(name);
    if (known && now - known.at < FRESH_MS) return known.value as Promise<T>;
    const value = load();
    this.kept.set(name, { at: now, value });
    value.catch(() => this.kept.get(name)?.value === value && this.kept.delete(name));
    return value;
  }
}

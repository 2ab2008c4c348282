import { Injectable } from '@nestjs/common';
import { Catalog, ProviderService, ReasonService, type CatalogSnapshot } from '../catalog/index.js';
import type { TenantScope } from '../kernel/index.js';
import { UnitOfWork } from '../persistence/index.js';
import { Connections, type Connection } from '../plugin-host/index.js';
import { SyncSetup } from '../sync/index.js';
import { PRACTICE_SYSTEM, PROFILES, REASONS } from './demo-practice.js';

/** The demo's practice system and what the practice has made of it: whom patients may book, and for what. */
@Injectable()
export class DemoBook {
  constructor(
    private readonly connections: Connections,
    private readonly sync: SyncSetup,
    private readonly catalog: Catalog,
    private readonly providers: ProviderService,
    private readonly reasons: ReasonService,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /** Connects, imports and sets up; whatever an earlier run has done is kept. */
  async open(scope: TenantScope): Promise<void> {
    const connection = (await this.connections.of(scope, 'pms')) ?? (await this.connect(scope));
    await this.sync.import(scope, connection);
    await this.introduce(scope, connection);
    await this.offer(scope, connection);
  }

  private async connect(scope: TenantScope): Promise<Connection> {
    const prepared = await this.connections.prepare(scope, PRACTICE_SYSTEM);
    return this.unitOfWork.run((tx) => this.connections.create(scope, tx, prepared));
  }

  /** The import leaves everybody hidden: the practice decides whom patients see. */
  private async introduce(scope: TenantScope, connection: Connection): Promise<void> {
    const idOf = foreignIds((await this.catalog.snapshot(scope)).providers, connection);
    for (const { foreignId, displayName, ...profile } of PROFILES) {
      const provider = await this.providers.get(scope, idOf(foreignId));
      if (provider.active) continue;
      const name = displayName(provider.firstName, provider.lastName);
      await this.providers.change(scope, provider._id, { ...profile, displayName: name, active: true });
    }
  }

  private async offer(scope: TenantScope, connection: Connection): Promise<void> {
    const { providers, operatories, reasons } = await this.catalog.snapshot(scope);
    const personOf = foreignIds(providers, connection);
    const roomOf = foreignIds(operatories, connection);
    for (const { people, rooms, ...reason } of REASONS) {
      if (reasons.some(({ name }) => name === reason.name)) continue;
      const places = { providerIds: people.map(personOf), operatoryIds: rooms.map(roomOf) };
      await this.unitOfWork.run((tx) => this.reasons.create(scope, tx, { ...reason, ...places }));
    }
  }
}

/** Turns an id of the practice system into ours. */
function foreignIds(items: CatalogSnapshot['providers'] | CatalogSnapshot['operatories'], { _id }: Connection) {
  const known = new Map(
    items.flatMap(({ _id: id, foreign }) => (foreign?.connectionId === _id ? [[foreign.foreignId, id] as const] : [])),
  );
  return (foreignId: string): string => {
    const id = known.get(foreignId);
    if (id === undefined) throw new Error(`the demo's practice system has no "${foreignId}"`);
    return id;
  };
}

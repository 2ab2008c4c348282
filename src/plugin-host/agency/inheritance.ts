import { createHash } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Consumers } from '../../events/index.js';
import {
  CLOCK,
  derivedId,
  mintAgencyScope,
  mintTenantScope,
  type AgencyScope,
  type Clock,
  type TenantScope,
} from '../../kernel/index.js';
import {
  isDuplicateKey,
  repeatTransaction,
  UnitOfWork,
  type Filter,
  type Fresh,
  type Tx,
  type Update,
} from '../../persistence/index.js';
import { DueWork, STANDARD_LADDER, WorkHandlers } from '../../queues/index.js';
import { ConnectionChanges } from '../connections/connection-changes.js';
import { ConnectionRepository } from '../connections/connection.repository.js';
import { untried, type Connection } from '../connections/connection.schema.js';
import { AgencyConnectionRepository, isFor, type AgencyConnection } from './agency-connection.schema.js';
import { AgencyPractices } from './agency-practices.js';
import { SharedParts } from './shared-parts.js';

const SPREAD = 'connections.spread';

/**
 * Gives each practice a connection of its own for every connection of its agency, and keeps them in line: so breaker, budget,
 * state, webhooks and what a plugin stores are the practice's, while configuration and secrets stay with the agency.
 */
@Injectable()
export class Inheritance implements OnModuleInit {
  constructor(
    private readonly shared: AgencyConnectionRepository,
    private readonly connections: ConnectionRepository,
    private readonly changes: ConnectionChanges,
    private readonly parts: SharedParts,
    private readonly practices: AgencyPractices,
    private readonly work: DueWork,
    private readonly handlers: WorkHandlers,
    private readonly consumers: Consumers,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.handlers.register({
      kind: SPREAD,
      transactional: false,
      ladder: STANDARD_LADDER,
      handle: ({ scope, row }) => this.spread(mintAgencyScope(String(row.payload['agencyId']), scope.actor)),
    });
    this.consumers.register({
      name: 'connections.inherit',
      types: ['practice.created'],
      handle: (_event, scope, tx) => this.settle(scope, tx),
    });
  }

  /** Lets every practice of the agency learn of a change, soon. */
  async tellPractices({ agencyId }: AgencyScope, tx: Tx, { _id, revision }: AgencyConnection): Promise<void> {
    const key = `${_id}@${revision}`;
    await this.work.addAll(tx, [{ tenantId: agencyId, kind: SPREAD, key, payload: { agencyId } }]);
  }

  /** Brings the connections that a practice inherits in line with what its agency says now. Repeated, it changes nothing. */
  async settle(scope: TenantScope, tx: Tx): Promise<void> {
    const agencyId = await this.practices.agencyOf(scope.tenantId);
    if (agencyId === null) return;
    const all = await this.shared.forAgency(mintAgencyScope(agencyId, scope.actor), tx).find();
    const wanted = new Map(all.filter((one) => isFor(one, scope.tenantId)).map((one) => [one._id, one]));
    const rows = this.connections.forTenant(scope, tx);
    const inherited = await rows.find({ 'inherits.from': { $type: 'string' } } as unknown as Filter<Connection>);
    for (const row of inherited) {
      const shared = wanted.get(row.inherits?.from ?? '');
      if (!shared) await this.changes.remove(scope, tx, row);
      else if (row.inherits?.revision !== shared.revision) await this.renew(scope, tx, row, shared);
    }
    const known = new Set(inherited.map(({ inherits }) => inherits?.from));
    for (const shared of wanted.values()) if (!known.has(shared._id)) await this.take(scope, tx, shared);
  }

  /** The scope in which an agency changes what one of its practices inherits; the practice is known to be the agency's. */
  practiceScope({ actor }: AgencyScope, practiceId: string): TenantScope {
    return mintTenantScope(practiceId, actor);
  }

  private async spread(agency: AgencyScope): Promise<void> {
    for await (const ids of this.practices.all(agency))
      for (const id of ids) await this.unitOfWork.run((tx) => this.settle(mintTenantScope(id, agency.actor), tx));
  }

  private async take(scope: TenantScope, tx: Tx, shared: AgencyConnection): Promise<void> {
    const { pluginId, kind, channel, name, priority, revision, perPractice } = shared;
    const part = { config: {}, secrets: {} };
    const active = this.parts.isOn(shared, part, false);
    const fresh: Fresh<Connection> = {
      _id: inheritedId(scope.tenantId, shared._id),
      ...{ pluginId, kind, channel, name, active, priority },
      locationIds: null,
      ...part,
      revision: 1,
      state: untried(this.clock.now()),
      inherits: { from: shared._id, revision, perPractice, off: false },
    };
    const row = await this.connections
      .forTenant(scope, tx)
      .insert(fresh)
      .catch((error: unknown) => {
        throw isDuplicateKey(error) ? repeatTransaction(error) : error;
      });
    await this.changes.tell(scope, tx, row, 'created');
  }

  private async renew(scope: TenantScope, tx: Tx, row: Connection, shared: AgencyConnection): Promise<void> {
    const { name, priority, revision, perPractice } = shared;
    const active = this.parts.isOn(shared, row, row.inherits?.off === true);
    const set = {
      ...{ name, priority, active, state: untried(this.clock.now()) },
      'inherits.revision': revision,
      'inherits.perPractice': perPractice,
    };
    const change = { $set: set, $inc: { revision: 1 } } as Update<Connection>;
    const after = await this.connections.forTenant(scope, tx).update(row._id, change);
    if (after) await this.changes.tell(scope, tx, after, 'changed');
  }
}

/** The id of what a practice inherits, the same whoever makes it. */
export function inheritedId(tenantId: string, agencyConnectionId: string): string {
  return derivedId('connection', createHash('sha256').update(`${agencyConnectionId}|${tenantId}`).digest());
}

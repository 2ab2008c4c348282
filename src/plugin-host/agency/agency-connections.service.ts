import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, invalid, newId, notFound, Problem, type AgencyScope, type Clock } from '../../kernel/index.js';
import { UnitOfWork, type Page, type Tx, type Update } from '../../persistence/index.js';
import { ConfiguredAddresses, isAddress } from '../connections/configured-addresses.js';
import { ConnectionChanges } from '../connections/connection-changes.js';
import { splitConfig, type SplitConfig } from '../connections/connection-config.js';
import { ConnectionReader } from '../connections/connection-reader.js';
import { ConnectionRepository } from '../connections/connection.repository.js';
import { untried, type Connection } from '../connections/connection.schema.js';
import type { ConnectionsQuery } from '../connections/connections.dto.js';
import { DEFAULT_PRIORITY } from '../connections/connections.service.js';
import { channelOf, PluginRegistry, type Installed } from '../registry/plugin-registry.js';
import { AgencyConnectionRepository, isFor, type AgencyConnection } from './agency-connection.schema.js';
import type { CreateAgencyConnection, PatchAgencyConnection } from './agency-connections.dto.js';
import { AgencyPractices } from './agency-practices.js';
import { Inheritance, inheritedId } from './inheritance.js';
import { SharedParts } from './shared-parts.js';

/** A checked request; made outside the transaction, because hosts are looked up. */
export interface PreparedAgencyConnection extends SplitConfig {
  input: CreateAgencyConnection;
  installed: Installed;
}

/** The connections that an agency makes for its practices. How they get to them is {@link Inheritance}'s. */
@Injectable()
export class AgencyConnections {
  constructor(
    private readonly repository: AgencyConnectionRepository,
    private readonly connections: ConnectionRepository,
    private readonly reader: ConnectionReader,
    private readonly changes: ConnectionChanges,
    private readonly registry: PluginRegistry,
    private readonly addresses: ConfiguredAddresses,
    private readonly parts: SharedParts,
    private readonly practices: AgencyPractices,
    private readonly inheritance: Inheritance,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  get(agency: AgencyScope, id: string): Promise<AgencyConnection> {
    return this.repository.forAgency(agency).getById(id, 'connection');
  }

  list(agency: AgencyScope, { kind, active, limit, cursor }: ConnectionsQuery): Promise<Page<AgencyConnection>> {
    const filter = { ...(kind ? { kind } : {}), ...(active === undefined ? {} : { active }) };
    return this.repository.forAgency(agency).page({ filter, limit, cursor });
  }

  /** Checks plugin, configuration, practices and hosts. Throws `invalid_request`. */
  async prepare(agency: AgencyScope, input: CreateAgencyConnection): Promise<PreparedAgencyConnection> {
    const installed = this.registry.find(input.pluginId);
    if (!installed) {
      throw invalid('/pluginId', 'unknown', 'No plugin with this id is installed: see GET /v1/plugins.');
    }
    const { perPractice = [], practiceIds } = input;
    assertPerPractice(installed, perPractice, input.config);
    const split = splitConfig(installed, input.config, { elsewhere: perPractice });
    await this.checkPractices(agency, practiceIds);
    await this.addresses.check(installed, split.config);
    return { input, installed, ...split };
  }

  async create(agency: AgencyScope, tx: Tx, prepared: PreparedAgencyConnection): Promise<AgencyConnection> {
    const { input, installed, config, secrets } = prepared;
    const connection = await this.repository.forAgency(agency, tx).insert({
      _id: newId('agencyConnection', this.clock.now()),
      pluginId: input.pluginId,
      kind: installed.plugin.kind,
      channel: channelOf(installed.plugin),
      name: input.name,
      practiceIds: input.practiceIds ?? null,
      perPractice: input.perPractice ?? [],
      config,
      secrets,
      active: input.active ?? true,
      priority: input.priority ?? DEFAULT_PRIORITY,
      revision: 1,
    });
    await this.inheritance.tellPractices(agency, tx, connection);
    return connection;
  }

  /** Its practices learn of it within moments. What they inherit is untried again. */
  async patch(
    agency: AgencyScope,
    id: string,
    input: PatchAgencyConnection,
    ifVersion?: number,
  ): Promise<AgencyConnection> {
    const before = await this.get(agency, id);
    const installed = this.installed(before);
    const { config, ...rest } = input;
    const perPractice = input.perPractice ?? before.perPractice;
    assertPerPractice(installed, perPractice, config ?? {});
    // What is given for each practice from now on leaves the shared part.
    const shared = without(before, perPractice);
    const given = config ?? (input.perPractice ? shared.config : undefined);
    const split = given && splitConfig(installed, given, { before: shared, elsewhere: perPractice });
    await this.checkPractices(agency, input.practiceIds);
    if (split) await this.addresses.check(installed, split.config);
    const change = { $set: { ...rest, ...split }, $inc: { revision: 1 } } as Update<AgencyConnection>;
    const unchanged = { revision: before.revision, ...(ifVersion === undefined ? {} : { version: ifVersion }) };
    return this.unitOfWork.run(async (tx) => {
      const connections = this.repository.forAgency(agency, tx);
      const after = await connections.update(id, change, unchanged);
      if (!after) {
        const { version } = await connections.getById(id, 'connection');
        throw new Problem('version_mismatch', `The connection is at version ${version} now. Read it again.`);
      }
      await this.inheritance.tellPractices(agency, tx, after);
      return after;
    });
  }

  /** Its practices lose it, with what its plugin stored for them. */
  async remove(agency: AgencyScope, id: string): Promise<void> {
    await this.unitOfWork.run(async (tx) => {
      const connections = this.repository.forAgency(agency, tx);
      const connection = await connections.getById(id, 'connection');
      if (!(await connections.remove(id))) throw notFound('connection');
      await this.inheritance.tellPractices(agency, tx, { ...connection, revision: connection.revision + 1 });
    });
  }

  /** The connection as one of the practices has it. */
  async inPractice(agency: AgencyScope, id: string, practiceId: string): Promise<Connection> {
    await this.heldBy(agency, id, practiceId);
    const scope = this.inheritance.practiceScope(agency, practiceId);
    await this.unitOfWork.run((tx) => this.inheritance.settle(scope, tx));
    return this.reader.get(scope, inheritedId(practiceId, id));
  }

  /** Gives the properties that one practice needs values of its own for. Throws `invalid_request` until nothing is missing. */
  async setPart(
    agency: AgencyScope,
    id: string,
    practiceId: string,
    given: Record<string, unknown>,
  ): Promise<Connection> {
    const shared = await this.heldBy(agency, id, practiceId);
    const foreign = Object.keys(given).find((name) => !shared.perPractice.includes(name));
    if (foreign !== undefined) {
      throw invalid(`/config/${foreign}`, 'not_per_practice', 'This property is not among those given per practice.');
    }
    const scope = this.inheritance.practiceScope(agency, practiceId);
    const connectionId = inheritedId(practiceId, id);
    await this.unitOfWork.run(async (tx) => {
      await this.inheritance.settle(scope, tx);
      const rows = this.connections.forTenant(scope, tx);
      const before = await rows.getById(connectionId, 'connection');
      const part = splitConfig(this.installed(shared), given, { before, shared });
      const missing = shared.perPractice.find((name) => !(name in part.config) && !(name in part.secrets));
      if (missing !== undefined) throw invalid(`/config/${missing}`, 'required', 'Each practice needs one of its own.');
      const active = this.parts.isOn(shared, part, before.inherits?.off === true);
      const state = untried(this.clock.now());
      const change = { $set: { ...part, active, state }, $inc: { revision: 1 } } as Update<Connection>;
      const after = await rows.update(connectionId, change);
      if (after) await this.changes.tell(scope, tx, after, 'changed');
    });
    return this.reader.get(scope, connectionId);
  }

  /** The agency's connection when the practice is the agency's and inherits it; `not_found` otherwise. */
  private async heldBy(agency: AgencyScope, id: string, practiceId: string): Promise<AgencyConnection> {
    const shared = await this.get(agency, id);
    const [foreign] = await this.practices.foreign(agency, [practiceId]);
    if (foreign !== undefined || !isFor(shared, practiceId)) throw notFound('practice');
    return shared;
  }

  private installed({ pluginId }: AgencyConnection): Installed {
    const installed = this.registry.find(pluginId);
    if (!installed) throw new Problem('unprocessable', `The plugin ${pluginId} is not installed any more.`);
    return installed;
  }

  private async checkPractices(agency: AgencyScope, practiceIds: string[] | null | undefined): Promise<void> {
    const [foreign] = await this.practices.foreign(agency, practiceIds ?? []);
    if (foreign !== undefined) throw invalid('/practiceIds', 'unknown', 'No practice with this id exists here.');
  }
}

/** What says where a connection goes is never left to single practices: the agency's secrets would be sent there. */
function assertPerPractice({ plugin }: Installed, names: readonly string[], config: Record<string, unknown>): void {
  for (const [place, name] of names.entries()) {
    const property = plugin.configSchema.properties[name];
    const pointer = `/perPractice/${place}`;
    if (!property) throw invalid(pointer, 'unknown', 'The configuration of the plugin has no such property.');
    if (isAddress(name, property)) {
      throw invalid(pointer, 'address', 'An address is the same for all practices: the secrets are sent there.');
    }
    if (name in config) throw invalid(`/config/${name}`, 'per_practice', 'This property is given for each practice.');
  }
}

function without({ config, secrets }: SplitConfig, names: readonly string[]): SplitConfig {
  const rest = (values: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
  return { config: rest(config), secrets: rest(secrets) };
}

import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import mongoose, { type Connection, type Model } from 'mongoose';
import { CLOCK, MasterKeys, type Clock } from '../kernel/index.js';
import { CONFIG, type Config } from '../config/index.js';
import { schemaOf, type CollectionDefinition } from './collection.js';
import { Keyring } from './keyring.js';

/** Opens a collection's model. Not exported from the room: outside, data is reached through repositories only (law 2). */
export const OPEN = Symbol('open');

/** The one connection to the database and the register of collections. */
@Injectable()
export class Persistence implements OnApplicationShutdown {
  readonly connection: Connection;
  readonly keyring: Keyring;
  private readonly rows = new Map<string, mongoose.mongo.Collection>();
  private readonly models = new Map<string, { definition: CollectionDefinition<never>; model: Model<unknown> }>();

  constructor(
    @Inject(CONFIG) config: Config,
    @Inject(CLOCK) readonly clock: Clock,
  ) {
    this.connection = mongoose.createConnection(config.MONGODB_URI, {
      maxPoolSize: 50,
      serverSelectionTimeoutMS: 5_000,
      bufferCommands: false,
      writeConcern: { w: 'majority', journal: true },
      readConcern: { level: 'majority' },
      autoIndex: false,
      autoCreate: false,
    });
    // Without a listener, a database that is down at boot kills the process with an unhandled error.
    this.connection.on('error', () => undefined);
    this.keyring = new Keyring(this.connection, new MasterKeys(config.MASTER_KEYS), clock);
  }

  /** Waits until the database answers; throws after the driver's selection time. */
  async connected(): Promise<void> {
    await this.connection.asPromise();
    await this.connection.db?.command({ ping: 1 });
  }

  [OPEN]<T>(definition: CollectionDefinition<T>): Model<T> {
    const known = this.models.get(definition.name);
    if (known) return known.model as unknown as Model<T>;
    const model = this.connection.model(
      definition.name,
      guarded(schemaOf(definition), definition),
    ) as unknown as Model<unknown>;
    this.models.set(definition.name, { definition: definition as CollectionDefinition<never>, model });
    return model as unknown as Model<T>;
  }

  /** A collection as the driver knows it, without mongoose's casting and checks. */
  rowsOf<R extends mongoose.mongo.Document>(name: string): mongoose.mongo.Collection<R> {
    const known = this.rows.get(name) ?? this.connection.getClient().db(this.connection.name).collection(name);
    this.rows.set(name, known);
    return known as unknown as mongoose.mongo.Collection<R>;
  }

  /** Every collection that a repository has asked for. */
  get collections(): { definition: CollectionDefinition<never>; model: Model<unknown> }[] {
    return [...this.models.values()];
  }

  async onApplicationShutdown(): Promise<void> {
    await this.connection.close();
  }
}

/** The second wall: a query of an owned collection without its owner's field throws, unless it says that it is the system's. */
function guarded<T>(schema: mongoose.Schema, definition: CollectionDefinition<T>): mongoose.Schema {
  const { owner, name, tenantField } = definition;
  if (!owner) return schema;
  const names = (filter: object): boolean => owner in filter || (tenantField !== undefined && tenantField in filter);
  schema.pre(/^(find|count|distinct|update|replace|delete)/, function (this: mongoose.Query<unknown, unknown>) {
    if (this.getOptions()['system'] === true || names(this.getFilter())) return;
    throw new Error(`${name}: a query without ${owner} was stopped`);
  });
  schema.pre('aggregate', function (this: mongoose.Aggregate<unknown[]>) {
    const first = this.pipeline()[0] as { $match?: Record<string, unknown> } | undefined;
    if (this.options['system'] === true || (first?.$match && names(first.$match))) return;
    throw new Error(`${name}: an aggregate that does not begin with a match on ${owner} was stopped`);
  });
  return schema;
}

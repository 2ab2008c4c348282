import { Schema, type SchemaDefinition } from 'mongoose';

/** What every document has. Instants are epoch milliseconds; `version` grows by one with each change. */
export interface BaseDocument {
  _id: string;
  createdAt: number;
  updatedAt: number;
  version: number;
}

export interface TenantDocument extends BaseDocument {
  tenantId: string;
}

export interface AgencyDocument extends BaseDocument {
  agencyId: string;
}

/** Fields that the repository writes by itself. */
export type Managed = 'createdAt' | 'updatedAt' | 'version';
const MANAGED = ['_id', 'createdAt', 'updatedAt', 'version'] as const;

export interface IndexDefinition {
  key: Record<string, 1 | -1>;
  unique?: boolean;
  /** Partial index: only documents that match. */
  where?: Record<string, unknown>;
  /** TTL in seconds on a Date field. */
  expireAfterSeconds?: number;
  /** True for an index that serves loud system access and so need not start with the owner's field. */
  acrossTenants?: boolean;
}

/** A searchable shadow of a sealed field: an HMAC of its canonical form. */
export interface BlindIndex<T> {
  from: keyof T & string;
  /** Canonical form, or undefined when there is nothing to index. */
  normalise(value: unknown): string | undefined;
}

export interface CollectionDefinition<T> {
  name: string;
  /** The field that names the owner: all access filters by it. `null`: platform-wide, reached by system scope only. */
  owner: (keyof T & string) | null;
  /** For what an agency owns and a practice may see its own of: the field that holds the practice's id. */
  tenantField?: keyof T & string;
  /** mongoose's description of the fields beyond the owner's and the managed ones. */
  fields: SchemaDefinition;
  indexes?: IndexDefinition[];
  /** Top-level fields that hold PHI or credentials: encrypted at rest (law 8). Declare them in `fields` as `sealed`. */
  sealed?: (keyof T & string)[];
  /** Index field → what it shadows. Declare them in `fields` as `String`. */
  blind?: Record<string, BlindIndex<T>>;
}

/** Field type of a sealed value: any JSON value in, cipher text in the database. */
export const sealed = { type: Schema.Types.Mixed };

/** Field type for a value whose inner shape the code checks elsewhere. */
export const anyShape = { type: Schema.Types.Mixed };

/** Checks a definition once, when the code loads, and hands it back. */
export function defineCollection<T>(definition: CollectionDefinition<T>): CollectionDefinition<T> {
  for (const index of definition.indexes ?? []) {
    const first = Object.keys(index.key)[0];
    if (definition.owner && first !== definition.owner && !index.acrossTenants) {
      throw new Error(
        `${definition.name}: the index on ${first} must start with ${definition.owner}, or say acrossTenants`,
      );
    }
  }
  return definition;
}

/** Throws when a new row has fields that are not declared, or lacks required ones: rows are inserted without mongoose's check. */
export function assertFits<T>(definition: CollectionDefinition<T>, row: object): void {
  const { name } = definition;
  const { declared, required } = fieldsOf(definition);
  for (const field in row) if (!declared.has(field)) throw new Error(`${name} has no field ${field}`);
  for (const field of required)
    if (((row as Record<string, unknown>)[field] ?? null) === null) throw new Error(`${name} needs ${field}`);
}

const fieldsKnown = new WeakMap<object, { declared: ReadonlySet<string>; required: readonly string[] }>();

/** The names of a collection's fields; worked out once, because many rows may be written at a time. */
function fieldsOf<T>(definition: CollectionDefinition<T>) {
  const known = fieldsKnown.get(definition);
  if (known) return known;
  const { fields, blind, owner } = definition;
  const declared = new Set([...Object.keys(fields), ...Object.keys(blind ?? {}), ...MANAGED, owner as string]);
  const required = Object.keys(fields).filter((field) => (fields[field] as { required?: boolean }).required);
  fieldsKnown.set(definition, { declared, required });
  return { declared, required };
}

/** The mongoose schema of a definition: strict, without mongoose's own ids, versions and time stamps. */
export function schemaOf<T>(definition: CollectionDefinition<T>): Schema {
  const owner =
    definition.owner && definition.owner !== '_id' ? { [definition.owner]: { type: String, required: true } } : {};
  return new Schema(
    {
      _id: { type: String, required: true },
      ...owner,
      ...definition.fields,
      createdAt: { type: Number, required: true },
      updatedAt: { type: Number, required: true },
      version: { type: Number, required: true },
    },
    {
      collection: definition.name,
      strict: 'throw',
      strictQuery: 'throw',
      versionKey: false,
      minimize: false,
      autoIndex: false,
      autoCreate: false,
    },
  );
}

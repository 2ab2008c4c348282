import { blindIndex, openField, sealField, type DataKey } from '../kernel/index.js';
import type { CollectionDefinition } from './collection.js';
import type { Keyring } from './keyring.js';

type Row = Record<string, unknown>;

/** Seals and opens the PHI fields of one collection for one owner, and keeps their blind indexes. */
export class Sealing<T> {
  private readonly sealedFields: ReadonlySet<string>;
  private readonly blinds: [string, { from: string; normalise(value: unknown): string | undefined }][];

  constructor(
    private readonly definition: CollectionDefinition<T>,
    private readonly keyring: Keyring,
  ) {
    this.sealedFields = new Set(definition.sealed ?? []);
    this.blinds = Object.entries(definition.blind ?? {});
  }

  private get idle(): boolean {
    return this.sealedFields.size === 0 && this.blinds.length === 0;
  }

  /** The stored form of (a part of) a document. `undefined` members are left out. */
  async close(ownerId: string, documentId: string, clear: Row): Promise<Row> {
    const row: Row = {};
    for (const [field, value] of Object.entries(clear)) if (value !== undefined) row[field] = value;
    if (this.idle) return row;
    const key = await this.keyring.keyOf(ownerId);
    for (const [index, { from, normalise }] of this.blinds) {
      if (!(from in row)) continue;
      const canonical = row[from] === null ? undefined : normalise(row[from]);
      row[index] = canonical === undefined ? null : blindIndex(key, index, canonical);
    }
    for (const field of this.sealedFields) {
      if (row[field] !== undefined && row[field] !== null)
        row[field] = sealField(key, this.place(ownerId, documentId, field), row[field]);
    }
    return row;
  }

  /** The clear form of a stored document; blind indexes are dropped. */
  async open(ownerId: string, row: Row): Promise<T> {
    if (this.idle) return row as T;
    return this.openWith(await this.keyring.keyOf(ownerId), ownerId, row);
  }

  async openAll(ownerId: string, rows: Row[]): Promise<T[]> {
    if (this.idle || rows.length === 0) return rows as T[];
    const key = await this.keyring.keyOf(ownerId);
    return rows.map((row) => this.openWith(key, ownerId, row));
  }

  /** The value to filter a blind index by. */
  async blind(ownerId: string, index: string, value: unknown): Promise<string | undefined> {
    const definition = this.blinds.find(([name]) => name === index)?.[1];
    if (!definition) throw new Error(`${this.definition.name} has no blind index ${index}`);
    const canonical = definition.normalise(value);
    return canonical === undefined ? undefined : blindIndex(await this.keyring.keyOf(ownerId), index, canonical);
  }

  private openWith(key: DataKey, ownerId: string, row: Row): T {
    const clear: Row = { ...row };
    for (const [index] of this.blinds) delete clear[index];
    for (const field of this.sealedFields) {
      const value = clear[field];
      if (typeof value === 'string')
        clear[field] = openField(key, this.place(ownerId, String(row['_id']), field), value);
    }
    return clear as T;
  }

  private place(tenantId: string, documentId: string, field: string) {
    return { tenantId, collection: this.definition.name, field, documentId };
  }
}

import { Injectable } from '@nestjs/common';
import type { IndexDefinition } from './collection.js';
import { Persistence } from './persistence.js';

const NAMESPACE_EXISTS = 48;

/** Brings the database to what the code expects: collections and indexes. Safe to run again and from several processes. */
@Injectable()
export class Migrator {
  constructor(private readonly persistence: Persistence) {}

  async run(): Promise<{ collections: number; indexes: number }> {
    await this.persistence.connected();
    let indexes = 0;
    for (const { definition, model } of this.persistence.collections) {
      await model.createCollection().catch((error: { code?: number }) => {
        if (error.code !== NAMESPACE_EXISTS) throw error;
      });
      for (const index of definition.indexes ?? []) {
        await model.collection.createIndex(index.key, optionsOf(index));
        indexes += 1;
      }
    }
    return { collections: this.persistence.collections.length, indexes };
  }
}

function optionsOf(index: IndexDefinition) {
  const name = Object.entries(index.key)
    .map(([field, direction]) => `${field}_${direction}`)
    .join('_');
  return {
    name,
    ...(index.unique ? { unique: true } : {}),
    ...(index.where ? { partialFilterExpression: index.where } : {}),
    ...(index.expireAfterSeconds === undefined ? {} : { expireAfterSeconds: index.expireAfterSeconds }),
  };
}

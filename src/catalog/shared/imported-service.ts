import { Problem, type TenantScope } from '../../kernel/index.js';
import type { Filter, Tx } from '../../persistence/index.js';
import { CatalogService, type Given } from './catalog-service.js';
import type { Draft, ForeignRef, ImportedItem } from './item.js';

export interface Upserted<T> {
  item: T;
  change: 'created' | 'changed' | 'unchanged';
}

/** An item that the practice system no longer has, but that reasons hold fast: it stays active until staff decide. */
export interface HeldItem {
  id: string;
  reasons: { id: string; name: string }[];
}

/** A resource that the import may make and keep up to date. */
export abstract class ImportedService<T extends ImportedItem> extends CatalogService<T> {
  /**
   * `fields` follow the practice system as long as staff have not changed them here; `initial` counts when the item is
   * made. Asks for the catalogue only when there is something to write.
   */
  async upsertForeign(
    scope: TenantScope,
    tx: Tx,
    foreign: ForeignRef,
    fields: Given<T> & { pmsName: string | null },
    initial: Given<T>,
  ): Promise<Upserted<T>> {
    const items = this.repository.forTenant(scope, tx);
    const before = await items.findOne({
      'foreign.connectionId': foreign.connectionId,
      'foreign.foreignId': foreign.foreignId,
    } as Filter<T>);
    if (!before) {
      await this.tools.versions.take(scope, tx);
      const draft = await this.settle(scope, tx, { ...initial, ...fields, foreign }, null);
      return { item: await this.insert(scope, tx, draft), change: 'created' };
    }
    const followed = Object.fromEntries(
      Object.entries(fields).filter(([name, value]) => value !== undefined && !before.staffEdited.includes(name)),
    ) as Partial<Draft<T>>;
    const item = await this.write(scope, tx, before, followed);
    if (item === before) return { item, change: 'unchanged' };
    await this.tools.versions.take(scope, tx);
    return { item, change: 'changed' };
  }

  /** Deactivates what the practice system no longer has; what reasons need is kept and named. */
  async retireVanished(
    scope: TenantScope,
    tx: Tx,
    connectionId: string,
    present: ReadonlySet<string>,
  ): Promise<{ retired: string[]; held: HeldItem[] }> {
    const items = await this.repository
      .forTenant(scope, tx)
      .find({ active: true, 'foreign.connectionId': connectionId } as Filter<T>);
    const vanished = items.filter(({ foreign }) => foreign && !present.has(foreign.foreignId));
    if (vanished.length === 0) return { retired: [], held: [] };
    await this.tools.versions.take(scope, tx);
    const retired: string[] = [];
    const held: HeldItem[] = [];
    for (const before of vanished) {
      const after = { ...before, active: false };
      const refusal = await this.guard(scope, tx, before, after).catch((error: unknown) => error);
      if (refusal === undefined) {
        await this.write(scope, tx, before, { active: false } as Partial<Draft<T>>);
        retired.push(before._id);
      } else if (refusal instanceof Problem && refusal.code === 'in_use') {
        held.push({ id: before._id, reasons: refusal.extensions['reasons'] as HeldItem['reasons'] });
      } else {
        throw refusal;
      }
    }
    return { retired, held };
  }
}

import { Injectable } from '@nestjs/common';
import { invalid, Problem, type TenantScope } from '../../kernel/index.js';
import type { Tx } from '../../persistence/index.js';
import { CatalogService, CatalogTools, merged, type Given } from '../shared/catalog-service.js';
import type { Draft } from '../shared/item.js';
import {
  CarrierMatch,
  draftOf,
  fitting,
  lacking,
  type ForeignCarrier,
  type ImportedCarrier,
} from './carrier-import.js';
import { canonicalCarrier, namesOf } from './carrier-names.js';
import { CarrierRepository } from './carrier.repository.js';
import type { Carrier, CarrierStatus } from './carrier.schema.js';

@Injectable()
export class CarrierService extends CatalogService<Carrier> {
  constructor(repository: CarrierRepository, tools: CatalogTools) {
    super('carrier', repository, tools);
  }

  /** A name leads to one carrier: what a patient types must not mean two. */
  protected override async settle(scope: TenantScope, tx: Tx, given: Given<Carrier>, before: Carrier | null) {
    const fields = merged<Draft<Carrier>>(
      { active: true, order: 0, name: '', payerId: null, status: 'accepted', aliases: [], foreign: [] },
      before,
      given,
    );
    const names = namesOf(fields);
    if (names.includes('')) throw invalid('/name', 'letters', 'A name and each alias need a letter or digit.');
    const others = (await this.repository.forTenant(scope, tx).find()).filter(({ _id }) => _id !== before?._id);
    const other = others.find((one) => namesOf(one).some((name) => names.includes(name)));
    if (!other) return fields;
    const detail = `The carrier ${other.name} goes by this name or one of these aliases already. Change that one, or leave the name out here.`;
    throw new Problem('already_exists', detail, { extensions: { carrier: { id: other._id, name: other.name } } });
  }

  /**
   * Takes carriers of a practice system over, in one go: what is here already, by name or number, is linked with them, the
   * rest is made with this status. Again, it changes nothing.
   */
  async importForeign(
    scope: TenantScope,
    tx: Tx,
    found: readonly ForeignCarrier[],
    status: CarrierStatus,
  ): Promise<ImportedCarrier[]> {
    await this.tools.versions.take(scope, tx);
    const ours = await this.repository.forTenant(scope, tx).find({}, { sort: { order: 1, _id: 1 } });
    const match = new CarrierMatch(ours);
    let count = ours.length;
    const imported: ImportedCarrier[] = [];
    for (const one of found.map(fitting)) {
      const { foreignId } = one;
      const known = match.find(one);
      if (known) {
        const after = await this.write(scope, tx, known, lacking(known, one));
        match.add(after, known);
        imported.push({ foreignId, outcome: after === known ? 'unchanged' : 'linked', carrierId: known._id });
      } else if (canonicalCarrier(one.name) === '') {
        imported.push({ foreignId, outcome: 'skipped', carrierId: null });
      } else {
        this.assertRoom(count++);
        const made = await this.insert(scope, tx, draftOf(one, status));
        match.add(made);
        imported.push({ foreignId, outcome: 'created', carrierId: made._id });
      }
    }
    return imported;
  }
}

import { Injectable } from '@nestjs/common';
import { invalid, Problem, type TenantScope } from '../../kernel/index.js';
import type { Tx } from '../../persistence/index.js';
import { CatalogService, CatalogTools, merged, type Given } from '../shared/catalog-service.js';
import type { Draft } from '../shared/item.js';
import { namesOf } from './carrier-names.js';
import { CarrierRepository } from './carrier.repository.js';
import type { Carrier } from './carrier.schema.js';

@Injectable()
export class CarrierService extends CatalogService<Carrier> {
  constructor(repository: CarrierRepository, tools: CatalogTools) {
    super('carrier', repository, tools);
  }

  /** A name leads to one carrier: what a patient types must not mean two. */
  protected override async settle(scope: TenantScope, tx: Tx, given: Given<Carrier>, before: Carrier | null) {
    const fields = merged<Draft<Carrier>>(
      { active: true, order: 0, name: '', payerId: null, status: 'accepted', aliases: [] },
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
}

import { Injectable } from '@nestjs/common';
import type { TenantScope } from '../../kernel/index.js';
import type { Tx } from '../../persistence/index.js';
import { CatalogService, CatalogTools, merged, type Given } from '../shared/catalog-service.js';
import type { Draft } from '../shared/item.js';
import { ReferrerRepository } from './referrer.repository.js';
import type { Referrer } from './referrer.schema.js';

@Injectable()
export class ReferrerService extends CatalogService<Referrer> {
  constructor(repository: ReferrerRepository, tools: CatalogTools) {
    super('referrer', repository, tools);
  }

  protected override async settle(_: TenantScope, __: Tx, given: Given<Referrer>, before: Referrer | null) {
    return merged<Draft<Referrer>>({ active: true, order: 0, label: '' }, before, given);
  }
}

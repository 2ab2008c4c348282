import { Injectable } from '@nestjs/common';
import { Catalog, type Carrier, type CatalogSnapshot, type Frozen, type Reason } from '../../catalog/index.js';
import { notFound, Problem, type TenantScope } from '../../kernel/index.js';
import type { Filter, Page } from '../../persistence/index.js';
import { ListItems, type ListItem } from './list-item.schema.js';
import { folded, LIST_WORDS, type SetUpList } from './lists.js';

export interface ListQuery {
  active?: boolean | undefined;
  /** A part of its words. */
  q?: string | undefined;
  limit: number;
  cursor?: string | undefined;
}

/** An item of a list with what stands for it in the catalogue. */
export interface LinkedItem<T> {
  item: ListItem;
  links: readonly Frozen<T>[];
}

/** As many items as a practice's catalogue may have of one kind. */
const MOST_AT_ONCE = 1_000;

/** The lists that a practice is set up with, as the practice system had them last, and what they are linked with here. */
@Injectable()
export class SetUpLists {
  constructor(
    private readonly items: ListItems,
    private readonly catalog: Catalog,
  ) {}

  page(scope: TenantScope, connectionId: string, list: SetUpList, query: ListQuery): Promise<Page<ListItem>> {
    const { active, q, limit, cursor } = query;
    const filter = {
      connectionId,
      list,
      ...(active === undefined ? {} : { active }),
      ...(q === undefined ? {} : { words: { $regex: literal(folded(q)) } }),
    } as Filter<ListItem>;
    return this.items.forTenant(scope).page({ filter, sort: 'sortKey', limit, cursor });
  }

  async carriers(scope: TenantScope, connectionId: string, query: ListQuery): Promise<Page<LinkedItem<Carrier>>> {
    const links = linksOf(await this.catalog.snapshot(scope), connectionId).carriers;
    return linked(await this.page(scope, connectionId, 'carriers', query), links);
  }

  async types(scope: TenantScope, connectionId: string, query: ListQuery): Promise<Page<LinkedItem<Reason>>> {
    const links = linksOf(await this.catalog.snapshot(scope), connectionId).types;
    return linked(await this.page(scope, connectionId, 'appointment_types', query), links);
  }

  /** One appointment type; `not_found` when the list has it not. */
  async type(scope: TenantScope, connectionId: string, id: string): Promise<ListItem> {
    const item = await this.items.forTenant(scope).getById(id, 'appointment type');
    if (item.connectionId === connectionId && item.list === 'appointment_types') return item;
    throw notFound('appointment type');
  }

  /** Those of these ids that the list has, or all of its active ones. `invalid_request` names the ids that it has not. */
  async chosen(
    scope: TenantScope,
    connectionId: string,
    list: SetUpList,
    ids: readonly string[] | undefined,
  ): Promise<ListItem[]> {
    const of = { connectionId, list };
    const filter = (ids ? { ...of, _id: { $in: ids } } : { ...of, active: true }) as Filter<ListItem>;
    const found = await this.items
      .forTenant(scope)
      .find(filter, { sort: { sortKey: 1, _id: 1 }, limit: MOST_AT_ONCE + 1 });
    if (found.length > MOST_AT_ONCE) {
      const detail = `The practice system lists more than ${MOST_AT_ONCE} active ${LIST_WORDS[list]}: choose some of them.`;
      throw new Problem('unprocessable', detail);
    }
    const known = new Set(found.map(({ _id }) => _id));
    const missing = (ids ?? []).flatMap((id, index) => (known.has(id) ? [] : [index]));
    if (missing.length === 0) return found;
    const detail = `The list of ${LIST_WORDS[list]} has none with this id.`;
    throw new Problem('invalid_request', detail, {
      errors: missing.map((index) => ({ pointer: `/ids/${index}`, code: 'not_found', detail })),
    });
  }
}

function linked<T>(page: Page<ListItem>, links: ReadonlyMap<string, readonly Frozen<T>[]>): Page<LinkedItem<T>> {
  return { ...page, data: page.data.map((item) => ({ item, links: links.get(item.foreignId) ?? [] })) };
}

/** What of the catalogue stands for which record over there, by its foreign id. */
function linksOf({ carriers, reasons }: CatalogSnapshot, connectionId: string) {
  const by = <T>(items: readonly T[], refsOf: (item: T) => readonly { connectionId: string; foreignId: string }[]) => {
    const found = new Map<string, T[]>();
    for (const item of items)
      for (const ref of refsOf(item))
        if (ref.connectionId === connectionId) found.set(ref.foreignId, [...(found.get(ref.foreignId) ?? []), item]);
    return found as ReadonlyMap<string, readonly T[]>;
  };
  return {
    carriers: by(carriers, ({ foreign }) => foreign ?? []),
    types: by(reasons, ({ pmsTypes }) => pmsTypes ?? []),
  };
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

import { Body, Delete, Get, HttpCode, Param, Patch, Post, Query, Res, type Type } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, PartialType } from '@nestjs/swagger';
import type { Response } from 'express';
import {
  Allow,
  Command,
  Commands,
  Id,
  IfMatch,
  mapPage,
  OneOf,
  Bool,
  PageOf,
  PageQuery,
  QueryBool,
  TakesIdempotencyKey,
  Tenant,
  withEtag,
  type CommandRequest,
} from '../../http/index.js';
import type { TenantScope } from '../../kernel/index.js';
import type { Filter, Page } from '../../persistence/index.js';
import type { CatalogService, Given } from './catalog-service.js';
import { CATALOG_KINDS, type CatalogKind } from './catalog-kinds.js';
import type { CatalogItem } from './item.js';

/** Query of every list of the catalogue. */
export class CatalogQuery extends PageQuery {
  @QueryBool()
  @Bool({ optional: true, description: 'Only the active ones, or only the hidden ones' })
  active?: boolean;

  @OneOf(['order', '-order', 'id', '-id'], {
    optional: true,
    default: 'order',
    description: '`id` is the order of making',
  })
  sort?: string;
}

interface View {
  id: string;
  version: number;
}

/** The five routes of a resource, as its controller inherits them. */
export interface CrudRoutes<T extends CatalogItem, V extends View> {
  service: CatalogService<T>;
  commands: Commands;
  /** The public form of an item. */
  view(item: T, scope: TenantScope): V;
  /** What a list's query narrows beside `active`. */
  filter(query: CatalogQuery): Filter<T>;
  list(scope: TenantScope, query: CatalogQuery): Promise<Page<V>>;
  create(scope: TenantScope, command: CommandRequest, body: Given<T>): Promise<V>;
  read(scope: TenantScope, params: { id: string }, response: Response): Promise<V>;
  change(
    scope: TenantScope,
    params: { id: string },
    ifVersion: number | undefined,
    body: Given<T>,
    response: Response,
  ): Promise<V>;
  remove(scope: TenantScope, params: { id: string }): Promise<void>;
}

/**
 * The routes that every resource of the catalogue has, once: list, create, read, change, remove. A resource's controller
 * extends what this returns and says where it lives, what its documents look like and what is special.
 */
export function crudRoutes<T extends CatalogItem, V extends View>(resource: {
  kind: CatalogKind;
  create: Type<object>;
  view: Type<V>;
  query?: Type<CatalogQuery>;
}): abstract new (service: CatalogService<T>, commands: Commands) => CrudRoutes<T, V> {
  const { word, plural } = CATALOG_KINDS[resource.kind];
  const aWord = /^[aeiou]/.test(word) ? `an ${word}` : `a ${word}`;

  class IdParams {
    @Id(resource.kind)
    id!: string;
  }

  // A null means "none" where a field may be null, and is refused where it may not.
  const PatchBody = PartialType(resource.create, { skipNullProperties: false });
  Object.defineProperty(PatchBody, 'name', { value: resource.create.name.replace(/^Create/, 'Patch') });

  abstract class Crud implements CrudRoutes<T, V> {
    constructor(
      readonly service: CatalogService<T>,
      readonly commands: Commands,
    ) {}

    abstract view(item: T, scope: TenantScope): V;

    filter(query: CatalogQuery): Filter<T> {
      return (query.active === undefined ? {} : { active: query.active }) as Filter<T>;
    }

    @Get()
    @Allow('catalog:read')
    @ApiOperation({ summary: `Lists the ${plural}` })
    @PageOf(resource.view)
    async list(@Tenant() scope: TenantScope, @Query() query: CatalogQuery): Promise<Page<V>> {
      const sort = (query.sort ?? 'order').replace('id', '_id');
      const page = await this.service.page(scope, {
        filter: this.filter(query),
        sort,
        limit: query.limit,
        cursor: query.cursor,
      });
      return mapPage(page, (item) => this.view(item, scope));
    }

    @Post()
    @Allow('catalog:write')
    @TakesIdempotencyKey()
    @ApiOperation({ summary: `Creates ${aWord}` })
    @ApiCreatedResponse({ type: resource.view })
    async create(@Tenant() scope: TenantScope, @Command() command: CommandRequest, @Body() body: Given<T>): Promise<V> {
      return this.commands.run(scope, command, async (tx) =>
        this.view(await this.service.create(scope, tx, body), scope),
      );
    }

    @Get(':id')
    @Allow('catalog:read')
    @ApiOperation({ summary: `Reads ${aWord}` })
    @ApiOkResponse({ type: resource.view })
    async read(
      @Tenant() scope: TenantScope,
      @Param() params: { id: string },
      @Res({ passthrough: true }) response: Response,
    ): Promise<V> {
      return withEtag(response, this.view(await this.service.get(scope, params.id), scope));
    }

    @Patch(':id')
    @Allow('catalog:write')
    @ApiOperation({ summary: `Changes ${aWord}` })
    @ApiOkResponse({ type: resource.view })
    async change(
      @Tenant() scope: TenantScope,
      @Param() params: { id: string },
      @IfMatch() ifVersion: number | undefined,
      @Body() body: Given<T>,
      @Res({ passthrough: true }) response: Response,
    ): Promise<V> {
      const item = await this.service.change(scope, params.id, body, ifVersion);
      return withEtag(response, this.view(item, scope));
    }

    @Delete(':id')
    @HttpCode(204)
    @Allow('catalog:write')
    @ApiOperation({
      summary: `Removes ${aWord}`,
      description: 'For good. Answers 409 `in_use` while something refers to it; `active: false` hides it instead.',
    })
    @ApiNoContentResponse()
    async remove(@Tenant() scope: TenantScope, @Param() params: { id: string }): Promise<void> {
      await this.service.remove(scope, params.id);
    }
  }

  // Validation and OpenAPI read the classes of parameters here; in generic code the compiler can only write Object.
  const types: Partial<Record<keyof Crud, unknown[]>> = {
    list: [Object, resource.query ?? CatalogQuery],
    create: [Object, Object, resource.create],
    read: [Object, IdParams, Object],
    change: [Object, IdParams, Object, PatchBody, Object],
    remove: [Object, IdParams],
  };
  for (const [method, parameters] of Object.entries(types)) {
    Reflect.defineMetadata('design:paramtypes', parameters, Crud.prototype, method);
  }
  return Crud;
}

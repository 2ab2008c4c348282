import { applyDecorators, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { Int, Text } from './fields.js';

/** A number in a query text; what is no plain number stays text and fails its rule. */
export const QueryNumber = () =>
  Transform(({ value }) =>
    typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : (value as unknown),
  );

/** `true` or `false` in a query text. */
export const QueryBool = () =>
  Transform(({ value }) => (value === 'true' ? true : value === 'false' ? false : (value as unknown)));

/** Query of every list. Extend it with the filters of the list; what is not declared is answered with 400. */
export class PageQuery {
  @QueryNumber()
  @Int({ min: 1, max: 100, optional: true, default: 25, description: 'Rows on one page' })
  limit: number = 25;

  @Text({ min: 24, max: 500, pattern: /^[\w-]+$/, optional: true, description: '`nextCursor` of the page before' })
  cursor?: string;
}

/** Documents an answer `{data: T[], hasMore, nextCursor}`. */
export function PageOf<T extends Type>(item: T, description = 'One page') {
  return applyDecorators(
    ApiExtraModels(item),
    ApiOkResponse({
      description,
      schema: {
        type: 'object',
        required: ['data', 'hasMore', 'nextCursor'],
        additionalProperties: false,
        properties: {
          data: { type: 'array', items: { $ref: getSchemaPath(item) } },
          hasMore: { type: 'boolean' },
          nextCursor: { type: 'string', nullable: true },
        },
      },
    }),
  );
}

/** The same page with each row in its public form. */
export function mapPage<A, B>(page: { data: A[]; hasMore: boolean; nextCursor: string | null }, map: (row: A) => B) {
  return { data: page.data.map(map), hasMore: page.hasMore, nextCursor: page.nextCursor };
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ID_PREFIXES, type IdKind } from '../../src/kernel/index.js';
import { ROOT } from './processes.js';

/** What the specs read of a JSON schema in our OpenAPI document. */
export interface Schema {
  $ref?: string;
  anyOf?: Schema[];
  allOf?: Schema[];
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  example?: unknown;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  minItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
}

export interface Operation {
  method: string;
  path: string;
  parameters: Parameter[];
  /** Schema of the JSON body, when there is one. */
  body: Schema | undefined;
  /** Name of the body's component. */
  bodyName: string | undefined;
  /** How one logs in; `public` for none. */
  security: 'member' | 'platform' | 'widget' | 'public';
}

interface Document {
  paths: Record<string, Record<string, RawOperation>>;
  components: { schemas: Record<string, Schema> };
}

interface RawOperation {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  security?: Record<string, unknown>[];
}

/** The committed OpenAPI document as the specs walk it. */
export class ApiDescription {
  readonly components: Record<string, Schema>;
  readonly operations: Operation[];

  constructor(file = join(ROOT, 'openapi', 'openapi.json')) {
    const document = JSON.parse(readFileSync(file, 'utf8')) as Document;
    this.components = document.components.schemas;
    this.operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, raw]) => {
        const body = raw.requestBody?.content['application/json']?.schema;
        return {
          method: method.toUpperCase(),
          path,
          parameters: raw.parameters ?? [],
          body,
          bodyName: body?.$ref?.split('/').at(-1),
          security: (Object.keys(raw.security?.[0] ?? {})[0] ?? 'public') as Operation['security'],
        };
      }),
    );
  }

  /** Follows references, and takes the part of a nullable schema that is not null. */
  resolve(schema: Schema): Schema {
    const plain = schema.anyOf?.find((one) => one.type !== 'null') ?? schema;
    const name = (plain.$ref ?? plain.allOf?.[0]?.$ref)?.split('/').at(-1);
    return name === undefined ? plain : this.resolve(this.components[name] as Schema);
  }
}

/** Slots and due work have ids too, made of those of what they are about. */
export type AnyIdKind = IdKind | 'slot' | 'deadLetter';

/** The kind of thing whose ids a schema takes, read off its pattern. */
export function idKindOf(schema: Schema): AnyIdKind | undefined {
  if (schema.pattern?.startsWith('^slt_')) return 'slot';
  if (schema.pattern?.startsWith('^[a-z][a-z0-9_.-]*:')) return 'deadLetter';
  const prefix = /^\^([a-z]{3})_\[0-7\]/.exec(schema.pattern ?? '')?.[1];
  return (Object.keys(ID_PREFIXES) as IdKind[]).find((kind) => ID_PREFIXES[kind] === prefix);
}

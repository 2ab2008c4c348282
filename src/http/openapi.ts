import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { PROBLEMS } from '../kernel/index.js';
import { showExamples } from './openapi-examples.js';
import { assertOperationIds, operationIdOf } from './operation-ids.js';
import { PUBLIC_MARK } from './policy.js';

const PROBLEM_SCHEMA = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
  properties: {
    type: { type: 'string', format: 'uri', description: 'Page that explains the code' },
    title: { type: 'string' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string', description: 'What was wrong, where, and what to do' },
    code: { type: 'string', enum: Object.keys(PROBLEMS) },
    requestId: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'code', 'detail'],
        properties: {
          pointer: { type: 'string', description: 'JSON pointer into the body, or query:name, header:name, path:name' },
          code: { type: 'string' },
          detail: { type: 'string' },
        },
      },
    },
  },
  additionalProperties: true,
};

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']> & { [PUBLIC_MARK]?: true };
type SchemaOrRef = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];
type Schema = Exclude<SchemaOrRef, { $ref: string }>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** The OpenAPI 3.1 document of the built application: the same for every installation, so that it can be committed. */
export function createOpenApi(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('OpenChair API')
    .setDescription(
      'Scheduling for dental and medical practices. Times are UTC instants with the wall time and zone of the location; errors are ' +
        'RFC 9457 problems; lists are cursor pages; creating requests take an Idempotency-Key.',
    )
    .setVersion('1.0.0')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/')
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        description: 'API key (oc_live_… or oc_test_…) or the access token of a log-in',
      },
      'member',
    )
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'Token of POST /v1/widget/sessions' }, 'widget')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: "The platform operator's token" }, 'platform');
  const document = SwaggerModule.createDocument(app, builder.build(), { operationIdFactory: () => '' });
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: PROBLEM_SCHEMA as never },
  };
  finishOperations(document);
  const finished = sorted(withNullTypes(document)) as OpenAPIObject;
  showExamples(finished);
  return finished;
}

/** The interactive page at /docs, with assets of our own, and the document at /openapi.json. */
export function serveDocs(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => createOpenApi(app), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'OpenChair API',
    swaggerOptions: { docExpansion: 'none', tagsSorter: 'alpha', persistAuthorization: false },
  });
}

function problemResponse() {
  return {
    description: 'Any error, as a problem document',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

/** Gives every operation its name, the answer to every error, and to public ones the mark that OpenAPI has for them. */
function finishOperations(document: OpenAPIObject): void {
  const named: { id: string; route: string }[] = [];
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method] as Operation | undefined;
      if (!operation) continue;
      const status = Object.keys(operation.responses).find((code) => code.startsWith('2')) ?? '';
      operation.operationId ||= operationIdOf({ method, path, status, list: isList(document, operation, status) });
      named.push({ id: operation.operationId, route: `${method.toUpperCase()} ${path}` });
      operation.responses['default'] = problemResponse();
      if (operation[PUBLIC_MARK]) operation.security = [];
      delete operation[PUBLIC_MARK];
    }
  }
  assertOperationIds(named);
}

/** Whether the answer is a list `{data: […]}`. */
function isList(document: OpenAPIObject, operation: Operation, status: string): boolean {
  const answer = operation.responses[status];
  if (!answer || '$ref' in answer) return false;
  const schema = resolved(document, answer.content?.['application/json']?.schema);
  return resolved(document, schema?.properties?.['data'])?.type === 'array';
}

function resolved(document: OpenAPIObject, schema: SchemaOrRef | undefined): Schema | undefined {
  if (!schema || !('$ref' in schema)) return schema;
  return resolved(document, document.components?.schemas?.[schema.$ref.split('/').at(-1) ?? '']);
}

/** OpenAPI 3.1 has no `nullable`: it is spelt as a second type. */
function withNullTypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNullTypes);
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, withNullTypes(member)]),
  ) as Record<string, unknown>;
  if (nullable !== true) return nullable === undefined ? rest : { ...rest, nullable };
  if (typeof rest['type'] === 'string') {
    const enumeration = Array.isArray(rest['enum']) ? { enum: [...(rest['enum'] as unknown[]), null] } : {};
    return { ...rest, ...enumeration, type: [rest['type'], 'null'] };
  }
  return { anyOf: [rest, { type: 'null' }] };
}

/** Members of `paths` and `components.*` in order of name, so that the committed file changes only where the API does. */
function sorted(document: unknown): unknown {
  const { paths, components, ...rest } = document as { paths: object; components: Record<string, object> };
  const byName = (object: object) => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    ...rest,
    paths: byName(paths),
    components: Object.fromEntries(Object.entries(components).map(([key, group]) => [key, byName(group)])),
  };
}

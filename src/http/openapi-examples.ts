import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenAPIObject } from '@nestjs/swagger';

type Scalar = string | number | boolean;

/** What one operation was asked and what it answered, as `test/examples.spec.ts` has seen it. */
export interface OperationExample {
  request: {
    path?: Record<string, string>;
    query?: Record<string, Scalar>;
    headers?: Record<string, string>;
    /** JSON, or a text that is sent as it is. */
    body?: unknown;
  };
  status: number;
  /** JSON, or the text of an answer in another format; absent when there is none. */
  response?: unknown;
}

/** One file for each operation, named after it. A folder of the repository and of the image. */
const FOLDER = join(__dirname, '..', '..', 'openapi', 'examples');
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** Puts the examples of the folder into the document; an operation without a file is shown without one. */
export function showExamples(document: OpenAPIObject): void {
  for (const item of Object.values(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      const example = operation && exampleOf(operation.operationId);
      if (operation && example) showExample(operation, example);
    }
  }
}

function exampleOf(operationId = ''): OperationExample | undefined {
  const file = join(FOLDER, `${operationId}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as OperationExample) : undefined;
}

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

function showExample(operation: Operation, { request, status, response }: OperationExample): void {
  const { path, query, headers: header } = request;
  const given: Record<string, Record<string, Scalar> | undefined> = { path, query, header };
  for (const parameter of operation.parameters ?? []) {
    if ('$ref' in parameter) continue;
    const value = given[parameter.in]?.[parameter.name];
    if (value !== undefined) parameter.example = value;
  }
  showIn(operation.requestBody, request.body);
  showIn(operation.responses[status], response);
}

/** A body has the same example in each of its formats. */
function showIn(body: Operation['requestBody'] | Operation['responses'][string], example: unknown): void {
  if (!body || '$ref' in body || example === undefined) return;
  for (const media of Object.values(body.content ?? {})) media.example = example;
}

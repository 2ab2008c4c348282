import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../harness/processes.js';

/** What the tour needs to know of an operation. */
export interface Operation {
  method: string;
  path: string;
  takesKey: boolean;
  status: number;
  /** JSON pointer to the schema of the answer; undefined when there is no JSON. */
  answer: string | undefined;
}

interface Document {
  paths: Record<string, Record<string, RawOperation>>;
}

interface RawOperation {
  operationId: string;
  parameters: { name: string }[];
  responses: Record<string, { content?: Record<string, unknown> }>;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const JSON_TYPE = 'application/json';
/** The committed OpenAPI document. */
export const DOCUMENT = JSON.parse(readFileSync(join(ROOT, 'openapi', 'openapi.json'), 'utf8')) as Document;
/** Every operation of the document, by its id. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  Object.entries(DOCUMENT.paths).flatMap(([path, item]) => operationsOf(path, item)),
);

function operationsOf(path: string, item: Record<string, RawOperation>): [string, Operation][] {
  return METHODS.flatMap((method) => {
    const raw = item[method];
    if (!raw) return [];
    const status = Object.keys(raw.responses).find((one) => one.startsWith('2')) as string;
    const steps = ['paths', path, method, 'responses', status, 'content', JSON_TYPE, 'schema'];
    const operation = {
      method: method.toUpperCase(),
      path,
      takesKey: raw.parameters.some(({ name }) => name === 'Idempotency-Key'),
      status: Number(status),
      answer: raw.responses[status]?.content?.[JSON_TYPE] && pointerOf(steps),
    };
    return [[raw.operationId, operation] as [string, Operation]];
  });
}

function pointerOf(steps: string[]): string {
  return steps.map((step) => `/${encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');
}

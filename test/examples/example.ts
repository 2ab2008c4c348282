import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OperationExample } from '../../src/http/index.js';
import { ROOT } from '../harness/processes.js';

const FOLDER = join(ROOT, 'openapi', 'examples');
const fileOf = (operationId: string) => join(FOLDER, `${operationId}.json`);

/** The operations that have an example in `openapi/examples`. */
export const shownOperations = (): string[] =>
  readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.name.endsWith('.json'))
    .map(({ name }) => name.slice(0, -'.json'.length));

export const readExample = (operationId: string): OperationExample =>
  JSON.parse(readFileSync(fileOf(operationId), 'utf8')) as OperationExample;

/** Writes what was seen, and removes the examples of operations that are no more. */
export function writeExamples(examples: ReadonlyMap<string, OperationExample>, operationIds: readonly string[]): void {
  mkdirSync(FOLDER, { recursive: true });
  for (const operationId of shownOperations()) if (!operationIds.includes(operationId)) rmSync(fileOf(operationId));
  for (const [operationId, example] of examples)
    writeFileSync(fileOf(operationId), `${JSON.stringify(example, null, 2)}\n`);
}

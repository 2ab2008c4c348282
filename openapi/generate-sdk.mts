/**
 * Writes the generated half of @openchair/sdk from openapi.json: types, one function for each operation, and the list of
 * operations that take an Idempotency-Key. Does nothing while the document and the generator are the same as last time.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Parameter {
  in: string;
  name: string;
}
interface Document {
  paths: Record<string, Record<string, { parameters?: Parameter[] }>>;
}

const DOCUMENT = join(import.meta.dirname, 'openapi.json');
const SDK = join(import.meta.dirname, 'sdk');
const GENERATED = join(SDK, 'src', 'generated');
const STAMP = join(GENERATED, '.made-from');

const document = readFileSync(DOCUMENT, 'utf8');
const madeFrom = createHash('sha256')
  .update(document)
  .update(readFileSync(import.meta.filename))
  .update(readFileSync(join(SDK, 'package.json')))
  .digest('hex');

// TypeScript and Node read the module kind of a build from the package.json nearest to it.
const commonjs = join(SDK, 'dist', 'cjs');
if (!existsSync(join(commonjs, 'package.json'))) {
  mkdirSync(commonjs, { recursive: true });
  writeFileSync(join(commonjs, 'package.json'), '{ "type": "commonjs" }\n');
}

if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== madeFrom) {
  const { createClient } = await import('@hey-api/openapi-ts');
  await createClient({
    input: DOCUMENT,
    output: { path: GENERATED, module: { extension: '.js' }, entryFile: false },
    logs: { level: 'silent', file: false },
    plugins: [
      '@hey-api/typescript',
      { name: '@hey-api/client-fetch', throwOnError: true },
      { name: '@hey-api/sdk', responseStyle: 'data' },
    ],
  });
  writeFileSync(join(GENERATED, 'keyed-operations.gen.ts'), keyedOperations(JSON.parse(document) as Document));
  writeFileSync(STAMP, madeFrom);
}

/** The source of a set of `METHOD path`. */
function keyedOperations({ paths }: Document): string {
  const keyed = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([, { parameters = [] }]) => parameters.some(({ name }) => name.toLowerCase() === 'idempotency-key'))
      .map(([method]) => `${method.toUpperCase()} ${path}`),
  );
  return [
    '/** Operations that take an Idempotency-Key. */',
    `export const KEYED_OPERATIONS: ReadonlySet<string> = new Set(${JSON.stringify(keyed, null, 2)});`,
    '',
  ].join('\n');
}

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './harness/processes.js';

interface Loose {
  [member: string]: Loose;
}

/** A fault put into the sound document, and the rule that must see it. */
const FAULTS: [rule: string, plant: (document: Loose) => void][] = [
  ['operation-operationId', ({ paths }) => delete operation(paths, '/v1/providers', 'get')['operationId']],
  ['operation-operationId-unique', ({ paths }) => name(paths, '/v1/reasons', 'listCarriers')],
  ['rule/operation-id-is-verb-and-noun', ({ paths }) => name(paths, '/v1/operatories', 'operatories.list')],
  ['operation-summary', ({ paths }) => delete operation(paths, '/v1/providers', 'post')['summary']],
  ['rule/operation-has-one-tag', ({ paths }) => delete operation(paths, '/v1/users', 'get')['tags']],
  [
    'rule/operation-answers-errors',
    ({ paths }) => delete operation(paths, '/v1/users', 'post')['responses']?.['default'],
  ],
  [
    'rule/errors-are-problems',
    ({ paths }) => {
      const responses = operation(paths, '/v1/reasons', 'post')['responses'] as Loose;
      responses['default'] = { description: 'x', content: { 'application/json': {} } } as unknown as Loose;
    },
  ],
  ['security-defined', ({ paths }) => delete operation(paths, '/v1/auth/login', 'post')['security']],
  ['rule/schema-says-its-type', ({ components }) => delete property(components, 'ProviderView', 'displayName')['type']],
  [
    'no-invalid-schema-examples',
    ({ components }) => Object.assign(property(components, 'ProviderView', 'id'), { example: 7 }),
  ],
  [
    'rule/answers-show-an-example',
    ({ paths }) => delete json(operation(paths, '/v1/carriers', 'post')['responses']?.['201'])['example'],
  ],
  [
    'rule/bodies-show-an-example',
    ({ paths }) => delete json(operation(paths, '/v1/carriers', 'post')['requestBody'])['example'],
  ],
  [
    'rule/required-parameters-show-an-example',
    ({ paths }) => delete operation(paths, '/v1/carriers/{id}', 'get')['parameters']?.['0']?.['example'],
  ],
  ['no-invalid-media-type-examples', ({ paths }) => spoil(operation(paths, '/v1/referrers', 'post')['requestBody'])],
  [
    'no-required-schema-properties-undefined',
    ({ components }) => delete schema(components, 'ReasonView')['properties']?.['id'],
  ],
  [
    'no-unused-components',
    ({ components }) => Object.assign(components?.['schemas'] as Loose, { Lost: { type: 'object' } }),
  ],
];

const json = (body: Loose | undefined) => body?.['content']?.['application/json'] as Loose;
const spoil = (body: Loose | undefined) => Object.assign(json(body)['example'] as Loose, { surely_unknown: 1 });
const operation = (paths: Loose | undefined, path: string, method: string) => paths?.[path]?.[method] as Loose;
const name = (paths: Loose | undefined, path: string, operationId: string) =>
  Object.assign(operation(paths, path, 'get'), { operationId });
const schema = (components: Loose | undefined, of: string) => components?.['schemas']?.[of] as Loose;
const property = (components: Loose | undefined, of: string, field: string) =>
  schema(components, of)['properties']?.[field] as Loose;

describe('the rules of the OpenAPI document', () => {
  let folder: string;
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'openchair-openapi-'))));
  afterAll(() => rm(folder, { recursive: true }));

  /** The ids of the rules that a document breaks. */
  async function broken(document: string): Promise<string[]> {
    const file = join(folder, 'openapi.json');
    await writeFile(file, document);
    const config = join(ROOT, 'openapi', 'ruleset', 'redocly.yaml');
    const cli = join(ROOT, 'node_modules', '@redocly', 'cli', 'bin', 'cli.js');
    const args = [cli, 'lint', file, '--config', config, '--format=json', '--max-problems=1000'];
    const env = { ...process.env, NODE_OPTIONS: '', REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
    const output = await new Promise<string>((resolve) =>
      execFile(process.execPath, args, { env, maxBuffer: 64 * 1024 * 1024 }, (_, stdout) => resolve(stdout)),
    );
    const { problems } = JSON.parse(output) as { problems: { ruleId: string; severity: string }[] };
    return [...new Set(problems.filter(({ severity }) => severity === 'error').map(({ ruleId }) => ruleId))];
  }

  it('hold for the committed document, and each sees its fault', async () => {
    const sound = readFileSync(join(ROOT, 'openapi', 'openapi.json'), 'utf8');
    expect(await broken(sound)).toEqual([]);
    const document = JSON.parse(sound) as Loose;
    for (const [, plant] of FAULTS) plant(document);
    expect((await broken(JSON.stringify(document))).sort()).toEqual(FAULTS.map(([rule]) => rule).sort());
  });
});

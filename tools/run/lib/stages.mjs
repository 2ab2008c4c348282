/** The stages of `npm test`: what each runs, what must come before it, and how its result is counted. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { npm, run } from './children.mjs';
import { honest, jestCounts, nodeTestCounts, sum } from './counts.mjs';
import { readJson } from './files.mjs';
import { Problem } from './problem.mjs';

/**
 * @typedef {object} Context
 * @property {string} root
 * @property {import('./shutdown.mjs').Shutdown} shutdown
 * @property {string[]} patterns for the test runners of the chosen stages
 * @property {() => Promise<NodeJS.ProcessEnv>} servicesEnv variables of the running data services
 *
 * @typedef {object} StageResult
 * @property {import('./counts.mjs').Counts} counts
 * @property {string} output shown when something failed
 *
 * @typedef {object} Stage
 * @property {string} name
 * @property {string[]} [after] stages that must have passed
 * @property {boolean} [alone] uses both cores itself, or measures time
 * @property {boolean} [services] needs MongoDB and Redis
 * @property {(context: Context) => Promise<StageResult>} run
 */

/** @param {{ code: number, output: string }} result @returns {StageResult} a command that counts as one check */
const oneCheck = ({ code, output }) => ({
  counts: code === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 },
  output,
});

/** @param {string} script an npm script of the root package @param {Context} context */
const runScript = async (script, { root, shutdown }) =>
  oneCheck(await run({ ...npm(['run', '--silent', script]), cwd: root, shutdown }));

/** @param {string} name @param {string} script @param {string[]} [after] @returns {Stage} */
const script = (name, script, after) => ({ name, after, run: (context) => runScript(script, context) });

/** @param {string} project @returns {Stage} */
const jest = (project) => ({
  name: project,
  after: ['build'],
  alone: true,
  services: true,
  async run({ root, shutdown, patterns, servicesEnv }) {
    const report = join(root, '.data', `jest-${project}-${process.pid}.json`);
    const { code, output } = await run({
      command: process.execPath,
      args: [
        join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
        ...['--selectProjects', project, '--maxWorkers=2', '--json', `--outputFile=${report}`],
        ...patterns,
      ],
      cwd: root,
      env: {
        ...process.env,
        ...(await servicesEnv()),
        NODE_ENV: 'test',
        NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning`,
      },
      shutdown,
    });
    return { counts: honest(jestCounts(takeJson(report)), code), output };
  },
});

/** @param {string} file @returns {Record<string, any> | undefined} its content; the file is removed */
function takeJson(file) {
  const report = readJson(file);
  rmSync(file, { force: true });
  return report;
}

const openapi = /** @type {Stage} */ ({
  name: 'openapi',
  after: ['build'],
  async run(context) {
    const drift = await runScript('check:openapi', context);
    const rules = await runScript('check:openapi-rules', context);
    return { counts: sum([drift.counts, rules.counts]), output: `${drift.output}\n${rules.output}`.trim() };
  },
});

/**
 * A package that tests itself with Node's own runner: by a script `test:node`, or by a glob `openchair.nodeTest`.
 * @param {string} folder '' for the root package
 * @param {{ scripts?: Record<string, string>, openchair?: { nodeTest?: string } }} manifest
 * @returns {Stage | undefined}
 */
function nodeTest(folder, manifest) {
  const glob = manifest.openchair?.nodeTest;
  const hasScript = manifest.scripts?.['test:node'] !== undefined;
  if (!glob && !hasScript) return undefined;
  return {
    name: folder || 'runner',
    async run({ root, shutdown, patterns }) {
      const command = glob
        ? {
            command: process.execPath,
            args: ['--test', '--test-reporter=spec', ...(patterns.length ? patterns : [glob])],
          }
        : npm(['run', '--silent', 'test:node', ...(patterns.length ? ['--', ...patterns] : [])]);
      const { code, output } = await run({ ...command, cwd: join(root, folder), shutdown });
      return { counts: honest(nodeTestCounts(output), code), output };
    },
  };
}

/** @param {string} root @returns {string[]} folders of the workspaces */
function workspaces(root) {
  const { workspaces = [] } = /** @type {{ workspaces?: string[] }} */ (readJson(join(root, 'package.json')) ?? {});
  return workspaces.flatMap((/** @type {string} */ entry) => {
    if (!entry.endsWith('/*')) return [entry];
    const parent = entry.slice(0, -2);
    return existsSync(join(root, parent)) ? readdirSync(join(root, parent)).map((name) => `${parent}/${name}`) : [];
  });
}

/** @param {string} root @returns {Stage[]} in the order in which they start */
export function allStages(root) {
  const nodeTests = ['', ...workspaces(root)].flatMap((folder) => {
    const manifest = readJson(join(root, folder, 'package.json'));
    return (manifest && nodeTest(folder, manifest)) ?? [];
  });
  return [
    {
      name: 'build',
      run: async ({ root, shutdown }) => oneCheck(await build(root, shutdown)),
    },
    script('lint', 'check:lint'),
    // It reads the types of built packages.
    script('types', 'check:types', ['build']),
    script('format', 'check:format'),
    script('architecture', 'check:architecture'),
    openapi,
    ...nodeTests,
    jest('unit'),
    jest('e2e'),
  ];
}

/**
 * `npm test -- unit`, `npm test -- e2e race`: leading names choose stages, the rest are patterns for their test runner.
 * @param {Stage[]} stages
 * @param {string[]} args
 * @returns {{ chosen: Stage[], patterns: string[] }} with the stages that the chosen ones build on
 */
export function choose(stages, args) {
  const firstPattern = args.findIndex((arg) => !stages.some(({ name }) => name === arg));
  const names = firstPattern < 0 ? args : args.slice(0, firstPattern);
  const patterns = firstPattern < 0 ? [] : args.slice(firstPattern);
  if (names.length === 0 && patterns.length > 0) {
    throw new Problem(
      `There is no stage "${patterns[0]}".`,
      `Name one of ${stages.map(({ name }) => name).join(', ')}: npm test -- unit, or npm test -- e2e race.`,
    );
  }
  if (names.length === 0) return { chosen: stages, patterns };
  const wanted = new Set(names);
  for (const stage of stages) if (names.includes(stage.name)) stage.after?.forEach((name) => wanted.add(name));
  return { chosen: stages.filter(({ name }) => wanted.has(name)), patterns };
}

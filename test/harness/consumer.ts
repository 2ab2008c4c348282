import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './processes.js';

const run = promisify(execFile);

/** Stricter than our own, and without the DOM: what the strictest user of a package has. */
const TSCONFIG = {
  compilerOptions: {
    module: 'nodenext',
    target: 'ES2023',
    lib: ['ES2023'],
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noPropertyAccessFromIndexSignature: true,
    skipLibCheck: false,
  },
  include: ['*.mts', '*.cts'],
};

/** A project of somebody else's, with packages of ours installed. */
export class Consumer {
  private constructor(readonly folder: string) {}

  /** @param packages folders of the packages in the checkout, by their names */
  static async create(packages: Record<string, string>): Promise<Consumer> {
    const folder = await mkdtemp(join(tmpdir(), 'openchair-consumer-'));
    const links = {
      ...packages,
      '@types/node': 'node_modules/@types/node',
      'undici-types': 'node_modules/undici-types',
    };
    for (const [name, path] of Object.entries(links)) {
      const link = join(folder, 'node_modules', name);
      await mkdir(join(link, '..'), { recursive: true });
      await symlink(join(ROOT, path), link);
    }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    return new Consumer(folder);
  }

  write(name: string, source: string): Promise<void> {
    return writeFile(join(this.folder, name), source);
  }

  /** `file:line` of what the compiler refuses. Writes the JavaScript beside the sources all the same. */
  async compile(): Promise<string[]> {
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const env = { ...process.env, NODE_OPTIONS: '' };
    const said = await run(process.execPath, [tsc, '-p', '.'], { cwd: this.folder, env }).then(
      () => '',
      ({ stdout }: { stdout: string }) => stdout,
    );
    return [...said.matchAll(/^(\S+)\((\d+),\d+\): error/gm)].map(([, file, line]) => `${file}:${line}`);
  }

  /** Runs a compiled file; returns what it printed, and fails when it fails. */
  async run(name: string, env: Record<string, string>): Promise<string> {
    const { stdout } = await run(process.execPath, [join(this.folder, name)], {
      env: { PATH: process.env['PATH'], ...env },
    });
    return stdout;
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

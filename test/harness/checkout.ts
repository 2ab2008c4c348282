import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { ROOT } from './processes.js';
import { until } from './until.js';

const LEFT_OUT = new Set(['node_modules', '.git', '.data', 'coverage']);

/** A copy of this checkout in a folder of its own, with our dependencies; commands run in it as a newcomer types them. */
export class Checkout {
  private readonly running = new Set<ChildProcess>();

  private constructor(readonly folder: string) {}

  static async create(): Promise<Checkout> {
    // Commands of the copy would install afresh, into our own node_modules, unless those are what the lock file says.
    const marker = join(ROOT, 'node_modules', '.openchair-lock');
    const lock = createHash('sha256')
      .update(readFileSync(join(ROOT, 'package-lock.json')))
      .digest('hex');
    if (!existsSync(marker) || readFileSync(marker, 'utf8').trim() !== lock)
      throw new Error('node_modules does not belong to package-lock.json: run npm test once, which installs it.');
    const folder = await mkdtemp(join(tmpdir(), 'openchair-checkout-'));
    const wanted = (path: string) =>
      !relative(ROOT, path)
        .split(sep)
        .some((name) => LEFT_OUT.has(name));
    await cp(ROOT, folder, { recursive: true, preserveTimestamps: true, filter: wanted });
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    return new Checkout(folder);
  }

  /** Starts a command and waits for a line of its output. */
  async start(command: string, env: NodeJS.ProcessEnv, line: RegExp): Promise<RunningCommand> {
    const child = this.spawn(command, env);
    const running = new RunningCommand(child);
    await until(
      () => running.output,
      (output) => line.test(output) || child.exitCode !== null,
    );
    if (child.exitCode !== null) throw new Error(`"${command}" ended with ${child.exitCode}:\n${running.output}`);
    return running;
  }

  /** Runs a script to its end; returns what it printed, and fails when it fails. */
  async run(script: string, env: NodeJS.ProcessEnv = process.env): Promise<string> {
    const child = this.spawn(`set -euo pipefail\n${script}`, env);
    const running = new RunningCommand(child);
    const [code] = (await once(child, 'close')) as [number];
    if (code !== 0) throw new Error(`a script ended with ${code}:\n${running.output}`);
    return running.output;
  }

  async remove(): Promise<void> {
    await Promise.all([...this.running].map((child) => new RunningCommand(child).interrupt()));
    await rm(this.folder, { recursive: true, force: true });
  }

  private spawn(command: string, env: NodeJS.ProcessEnv): ChildProcess {
    // A process group of its own, as a shell gives to each command: Ctrl-C reaches all of it.
    const child = spawn('bash', ['-c', command], { cwd: this.folder, env, detached: true, stdio: 'pipe' });
    this.running.add(child);
    child.once('close', () => this.running.delete(child));
    return child;
  }
}

export class RunningCommand {
  output = '';

  constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
  }

  /** Ctrl-C; resolves with the exit code. */
  async interrupt(): Promise<number | null> {
    const ended = once(this.child, 'close');
    process.kill(-(this.child.pid as number), 'SIGINT');
    const [code] = (await ended) as [number | null];
    return code;
  }
}

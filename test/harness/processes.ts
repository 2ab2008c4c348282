import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';

export const ROOT = join(__dirname, '..', '..');

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** What the clock of a process shows: the machine's time and so much more, or one instant. Epoch ms. */
export type ClockSetting = { ahead: number } | { frozenAt: number };

/** A built application in a process of its own. */
export class AppProcess {
  private child: ChildProcess | undefined;
  /** Everything that it has written since it was started. */
  output = '';

  constructor(
    private readonly env: Record<string, string>,
    readonly port: number,
    /** `clocked`: its clock is set from here. */
    private readonly entry: 'main' | 'clocked' = 'main',
  ) {}

  get baseUrl(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts and waits until it is ready. */
  async start(): Promise<void> {
    this.output = '';
    const script = this.entry === 'main' ? join(ROOT, 'dist', 'main.js') : join(__dirname, 'clocked-main.cjs');
    const child = spawn(process.execPath, [script], {
      env: { PATH: process.env['PATH'], ...this.env, PORT: String(this.port) },
      stdio: ['ignore', 'pipe', 'pipe', ...(this.entry === 'clocked' ? (['ipc'] as const) : [])],
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    while (child.exitCode === null) {
      const ready = await fetch(`${this.baseUrl}/health/ready`).then(
        (answer) => answer.ok,
        () => false,
      );
      if (ready) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`the application ended at its start:\n${this.output}`);
  }

  /** Sets the clock of a `clocked` process; it shows the new time when this is over. */
  async setClock(setting: ClockSetting): Promise<void> {
    const child = this.child as ChildProcess;
    const set = once(child, 'message');
    child.send(setting);
    await set;
  }

  /** Ends it at once, as a power cut would; or gently. */
  async end(signal: 'SIGKILL' | 'SIGTERM' = 'SIGTERM'): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }
}

/** Runs the built command line; returns the JSON of its last line. */
export async function cli<T>(env: Record<string, string>, ...args: string[]): Promise<T> {
  const child = spawn(process.execPath, [join(ROOT, 'dist', 'cli.js'), ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let faults = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (faults += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`openchair ${args.join(' ')} ended with ${code}: ${faults}`);
  return JSON.parse(out.trim().split('\n').at(-1) ?? '') as T;
}

import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Identity } from './places.ts';
import { ServicesProblem } from './problem.ts';

/** How long a member has to come up or go down, in ms. */
const PATIENCE = 60_000;
const STOP_PATIENCE = 15_000;
const POLL = 25;

/** One server process of ours. */
export interface Member {
  readonly name: 'postgres' | 'gateway' | 'redis';
  /** The signal that asks it to end cleanly. */
  readonly stopSignal: NodeJS.Signals;
}

/** How to start a process that outlives us. */
export interface StartPlan {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly user: Identity | null;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * When a process started (kernel ticks since boot) together with the boot it belongs to: a pid alone may belong to
 * somebody else by now. Undefined when it is gone or a zombie.
 */
function startMark(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}:${fields[19]}`;
  } catch {
    return undefined;
  }
}

function pidFile(data: string, member: Member): string {
  return join(data, `${member.name}.pid`);
}

/** A member's log. */
export function logFile(data: string, member: Member): string {
  return join(data, `${member.name}.log`);
}

/** The pid of a member when it runs and is ours; a stale pid file counts as not running. */
export function runningPid(data: string, member: Member): number | undefined {
  const file = pidFile(data, member);
  if (!existsSync(file)) return undefined;
  const [pid, mark] = readFileSync(file, 'utf8').trim().split(' ');
  return mark !== undefined && startMark(Number(pid)) === mark ? Number(pid) : undefined;
}

/** Starts a member detached from us, its output in its log, and writes its pid file. */
export async function startMember(data: string, member: Member, plan: StartPlan): Promise<number> {
  const log = openSync(logFile(data, member), 'a');
  try {
    const child = spawn(plan.command, plan.args, {
      cwd: plan.cwd,
      detached: true,
      stdio: ['ignore', log, log],
      env: plan.env ?? process.env,
      ...(plan.user ?? {}),
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    const pid = child.pid!;
    writeFileSync(pidFile(data, member), `${pid} ${startMark(pid) ?? ''}\n`);
    return pid;
  } catch (error) {
    throw new ServicesProblem(
      `${member.name} could not be started from ${plan.command}: ${(error as Error).message}.`,
      'If the program is not there or cannot run, delete the cached tree and try again.',
    );
  } finally {
    closeSync(log);
  }
}

/** The last lines of a member's log, on one line. */
function logTail(data: string, member: Member): string {
  const file = logFile(data, member);
  if (!existsSync(file)) return 'no log';
  return readFileSync(file, 'utf8').trim().split('\n').slice(-3).join(' | ');
}

/** Waits until `isReady` says so; gives up at once when the process ends. */
export async function untilReady(data: string, member: Member, isReady: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (!(await isReady())) {
    const gone = runningPid(data, member) === undefined;
    if (gone || performance.now() > deadline) {
      const what = gone ? 'ended while starting' : `did not answer within ${PATIENCE / 1000} s`;
      const where = logFile(data, member);
      throw new ServicesProblem(`${member.name} ${what}: ${logTail(data, member)}.`, `Its whole log is ${where}.`);
    }
    await pause(POLL);
  }
}

/** Stops a member if it runs and is ours: asks, waits, then kills. Gives whether it ran. */
export async function stopMember(data: string, member: Member): Promise<boolean> {
  const pid = runningPid(data, member);
  if (pid !== undefined) {
    process.kill(pid, member.stopSignal);
    const deadline = performance.now() + STOP_PATIENCE;
    while (runningPid(data, member) !== undefined && performance.now() < deadline) await pause(POLL);
    if (runningPid(data, member) !== undefined) process.kill(pid, 'SIGKILL');
    while (runningPid(data, member) !== undefined) await pause(POLL);
  }
  rmSync(pidFile(data, member), { force: true });
  return pid !== undefined;
}

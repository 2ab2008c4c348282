import type { PluginDeps, PluginZone } from '../deps.js';
import { memoryStore } from '../store.js';

/** A clock that tests set by hand. */
export interface TestClock {
  /** Epoch milliseconds. */
  time: number;
  now(): number;
}

/** {@link PluginDeps} for tests: what was logged can be read, and the clock can be moved. */
export interface TestDeps extends PluginDeps {
  readonly clock: TestClock;
  readonly lines: readonly string[];
}

/** Deps over a memory store, a clock that stands still and the real `fetch`. */
export function testDeps(options: { now: number; zone?: string; overrides?: Partial<PluginDeps> }): TestDeps {
  const lines: string[] = [];
  const write = (message: string, fields?: object) => void lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
  return {
    connectionId: 'con_test',
    log: { debug: write, info: write, warn: write, error: write },
    zone: testZone(options.zone ?? 'America/Chicago'),
    fetch,
    resolve: async (host) => host,
    store: memoryStore(),
    ...options.overrides,
    lines,
    clock: {
      time: options.now,
      now() {
        return this.time;
      },
    },
  };
}

/** A zone over the engine's own tz data: good enough for tests, not for a practice. */
export function testZone(name: string): PluginZone {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: name, dateStyle: 'short', timeStyle: 'short' });
  const toLocal = (instant: number) => format.format(instant).replace(' ', 'T');
  const asUtc = (local: string) => Date.parse(`${local}:00Z`);
  return {
    name,
    toLocal,
    toInstant(local) {
      if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(local)) throw new RangeError('expected YYYY-MM-DDTHH:mm');
      const wanted = asUtc(local);
      const offsetAt = (instant: number) => asUtc(toLocal(instant)) - Math.floor(instant / 60_000) * 60_000;
      const candidates = [wanted - offsetAt(wanted - 86_400_000), wanted - offsetAt(wanted + 86_400_000)];
      const exact = candidates.filter((instant) => toLocal(instant) === local);
      return exact.length > 0 ? Math.min(...exact) : Math.max(...candidates);
    },
  };
}

/** CPU time of this process in milliseconds: other processes on the machine do not count. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Calls between two looks at the clock take so long at least (ms): the look itself takes microseconds. */
const LOOK_EVERY_MS = 2;

/** CPU milliseconds per call: the median of rounds of at least `roundMs`, after a warm-up. */
export function timeOf(work: () => void, { rounds = 15, roundMs = 60, warmUpMs = 300 } = {}): number {
  const during = (ms: number, together: number): number => {
    const begin = cpuMs();
    let calls = 0;
    do {
      for (let call = 0; call < together; call++) work();
      calls += together;
    } while (cpuMs() - begin < ms);
    return (cpuMs() - begin) / calls;
  };
  const together = Math.ceil(LOOK_EVERY_MS / during(warmUpMs, 1));
  return quantile(
    Array.from({ length: rounds }, () => during(roundMs, together)),
    0.5,
  );
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] as number;
}

export interface Rate {
  perSecond: number;
  p50Ms: number;
  p95Ms: number;
  calls: number;
}

/** How many calls a second `concurrency` callers get done; each waits for its answer before the next. */
export async function rateOf(
  call: (caller: number) => Promise<unknown>,
  { concurrency = 8, seconds = 6, warmUpSeconds = 2 } = {},
): Promise<Rate> {
  const run = async (forSeconds: number): Promise<number[]> => {
    const times: number[] = [];
    const end = performance.now() + forSeconds * 1000;
    const caller = async (index: number): Promise<void> => {
      while (performance.now() < end) {
        const begin = performance.now();
        await call(index);
        times.push(performance.now() - begin);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, (_, index) => caller(index)));
    return times;
  };
  await run(warmUpSeconds);
  const begin = performance.now();
  const times = await run(seconds);
  const took = (performance.now() - begin) / 1000;
  return {
    perSecond: times.length / took,
    p50Ms: quantile(times, 0.5),
    p95Ms: quantile(times, 0.95),
    calls: times.length,
  };
}

/** Several things measured by turns, so that what else the machine does falls on all of them. */
export async function ratesOf<K extends string>(
  calls: Record<K, () => Promise<unknown>>,
  { concurrency = 4, rounds = 4, seconds = 1.5 } = {},
): Promise<Record<K, Rate>> {
  const taken = new Map<K, Rate[]>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, call] of Object.entries(calls) as [K, () => Promise<unknown>][]) {
      const rate = await rateOf(call, { concurrency, seconds, warmUpSeconds: 0.5 });
      taken.set(name, [...(taken.get(name) ?? []), rate]);
    }
  }
  const middle = (rates: Rate[]): Rate => ({
    perSecond: quantile(
      rates.map(({ perSecond }) => perSecond),
      0.5,
    ),
    p50Ms: quantile(
      rates.map(({ p50Ms }) => p50Ms),
      0.5,
    ),
    p95Ms: quantile(
      rates.map(({ p95Ms }) => p95Ms),
      0.5,
    ),
    calls: rates.reduce((sum, { calls }) => sum + calls, 0),
  });
  return Object.fromEntries([...taken].map(([name, rates]) => [name, middle(rates)])) as Record<K, Rate>;
}

/** One row of the table of DESIGN §12. `ratio` is what `bar` is about. */
export interface Row {
  what: string;
  bar: string;
  ratio: number | null;
  met: boolean;
  details: Record<string, unknown>;
}

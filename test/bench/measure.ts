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

/** Several things measured by turns, so that what else the machine does falls on all of them. The first turn warms up. */
export async function turnsOf<K extends string>(
  calls: Record<K, () => Promise<unknown>>,
  { concurrency = 4, rounds = 4, seconds = 1.5 } = {},
): Promise<Record<K, Rate>[]> {
  const turns: Record<K, Rate>[] = [];
  for (let round = 0; round <= rounds; round++) {
    const turn = {} as Record<K, Rate>;
    for (const [name, call] of Object.entries(calls) as [K, () => Promise<unknown>][])
      turn[name] = await rateOf(call, { concurrency, seconds, warmUpSeconds: 0.5 });
    turns.push(turn);
  }
  return turns.slice(1);
}

/** The median turn of each thing. */
export function middleOf<K extends string>(turns: readonly Record<K, Rate>[]): Record<K, Rate> {
  const names = Object.keys(turns[0] as object) as K[];
  return Object.fromEntries(names.map((name) => [name, middle(turns.map((turn) => turn[name]))])) as Record<K, Rate>;
}

/** The median of what `of` says of each turn: a machine that is slower for some seconds is so for all that a turn compares. */
export function ratioOf<K extends string>(
  turns: readonly Record<K, Rate>[],
  of: (turn: Record<K, Rate>) => number,
): number {
  return quantile(turns.map(of), 0.5);
}

function middle(rates: readonly Rate[]): Rate {
  const of = (field: 'perSecond' | 'p50Ms' | 'p95Ms') =>
    quantile(
      rates.map((rate) => rate[field]),
      0.5,
    );
  return {
    perSecond: of('perSecond'),
    p50Ms: of('p50Ms'),
    p95Ms: of('p95Ms'),
    calls: rates.reduce((sum, { calls }) => sum + calls, 0),
  };
}

/** One row of the table of DESIGN §12. `ratio` is what `bar` is about. */
export interface Row {
  what: string;
  bar: string;
  ratio: number | null;
  met: boolean;
  details: Record<string, unknown>;
}

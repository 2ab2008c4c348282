import { ManualClock } from './clock.js';
import { TtlCache } from './ttl-cache.js';

describe('TtlCache', () => {
  const start = (answers: (string | null)[], max = 10) => {
    const clock = new ManualClock(1_000_000);
    const asked: string[] = [];
    const cache = new TtlCache<string | null>(clock, {
      ttlMs: 3_000,
      max,
      load: (key) => {
        asked.push(key);
        return Promise.resolve(answers[asked.length - 1] ?? null);
      },
    });
    return { clock, asked, cache };
  };

  it('keeps an answer, and the answer that there is none, for its time by the injected clock', async () => {
    const { clock, asked, cache } = start(['a', null, 'c']);
    expect([await cache.get('x'), await cache.get('y'), await cache.get('x'), await cache.get('y')]).toEqual([
      'a',
      null,
      'a',
      null,
    ]);
    clock.advance(3_000);
    expect([await cache.get('x'), asked.length]).toEqual(['a', 2]);
    clock.advance(1);
    expect([await cache.get('x'), asked]).toEqual(['c', ['x', 'y', 'x']]);
  });

  it('asks once for all who wait, forgets at once, and lets the least used leave', async () => {
    const { asked, cache } = start(['a', 'b', 'c', 'd', 'e'], 2);
    expect(await Promise.all([cache.get('x'), cache.get('x'), cache.get('x')])).toEqual(['a', 'a', 'a']);
    cache.forget('x');
    expect(await cache.get('x')).toBe('b');
    await cache.get('y');
    await cache.get('z');
    expect([await cache.get('x'), asked]).toEqual(['e', ['x', 'x', 'y', 'z', 'x']]);
  });

  it('does not keep what was loaded before it was forgotten', async () => {
    const answers: ((answer: string) => void)[] = [];
    const cache = new TtlCache<string>(new ManualClock(1), {
      ttlMs: 3_000,
      load: () => new Promise((resolve) => answers.push(resolve)),
    });
    const early = cache.get('x');
    cache.forget('x');
    const late = cache.get('x');
    answers[1]?.('new');
    expect(await late).toBe('new');
    answers[0]?.('old');
    expect([await early, await cache.get('x')]).toEqual(['old', 'new']);
  });

  it('does not keep a failure', async () => {
    let calls = 0;
    const cache = new TtlCache<string>(new ManualClock(1), {
      ttlMs: 3_000,
      load: () => ((calls += 1) === 1 ? Promise.reject(new Error('down')) : Promise.resolve('up')),
    });
    await expect(cache.get('x')).rejects.toThrow('down');
    expect(await cache.get('x')).toBe('up');
  });
});

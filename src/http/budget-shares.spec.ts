import { RateLimiterMemory } from 'rate-limiter-flexible';
import { BudgetShares } from './budget-shares.js';

/** Several processes that count one budget together. */
function processes(count: number, points: number) {
  const limiter = new RateLimiterMemory({ points, duration: 60 });
  const asked: number[] = [];
  const consume = limiter.consume.bind(limiter);
  limiter.consume = (key, wanted = 1, options) => {
    asked.push(wanted);
    return consume(key, wanted, options);
  };
  return { asked, all: Array.from({ length: count }, () => new BudgetShares(limiter)) };
}

describe('a budget in shares', () => {
  it('is asked for once a share, and says after each request what is left', async () => {
    const { asked, all } = processes(1, 1_000);
    const [only] = all as [BudgetShares];
    const left: number[] = [];
    for (let n = 0; n < 25; n++) left.push((await only.take('caller')).left);
    expect(left).toEqual(Array.from({ length: 25 }, (_, n) => 999 - n));
    expect(asked).toEqual([10, 10, 10]);
  });

  it.each([
    [3, 40, 40],
    [3, 1_000, 1_000 - 2 * 9],
    [5, 3_000, 3_000 - 4 * 19],
  ])('is never exceeded by %d processes (of %d points at least %d are had)', async (count, points, least) => {
    const { all } = processes(count, points);
    const states = await Promise.all(
      Array.from({ length: 2 * points }, (_, n) => (all[n % count] as BudgetShares).take('caller')),
    );
    const had = states.filter(({ over }) => !over);
    expect(had.length).toBeLessThanOrEqual(points);
    expect(had.length).toBeGreaterThanOrEqual(least);
    expect(new Set(states.filter(({ over }) => over).map(({ left }) => left))).toEqual(new Set([0]));
  });

  it('lets the last share go to its end, one request after the other', async () => {
    const { asked, all } = processes(2, 1_005);
    const [one, two] = all as [BudgetShares, BudgetShares];
    let had = 0;
    while (!(await one.take('caller')).over) had++;
    expect([had, (await two.take('caller')).over]).toEqual([1_005, true]);
    const before = asked.length;
    for (let n = 0; n < 50; n++) expect((await one.take('caller')).over).toBe(true);
    expect(asked.length).toBe(before);
  });

  it('is each caller’s own, and fails for all who wait when it cannot be asked for', async () => {
    const { all } = processes(1, 100);
    const [only] = all as [BudgetShares];
    await Promise.all(Array.from({ length: 100 }, () => only.take('one')));
    expect([(await only.take('one')).over, (await only.take('other')).over]).toEqual([true, false]);
    const broken = new RateLimiterMemory({ points: 10, duration: 60 });
    broken.consume = () => Promise.reject(new Error('no answer'));
    const shares = new BudgetShares(broken);
    const tries = await Promise.allSettled([shares.take('one'), shares.take('one')]);
    expect(tries.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

import { Fetcher } from './fetcher.js';
import { middleOf, rateOf, ratioOf, turnsOf, type Row } from './measure.js';
import { crewOf, datesAhead, fillBook, openStand } from './stand.js';

/** Slot search over HTTP beside a route that reads one document by its id, and "next available" beside 31 days. */
export async function searchRows(): Promise<Row[]> {
  const stand = await openStand();
  try {
    const { practice } = stand;
    const crew = await crewOf(practice, 8, 10);
    await fillBook(stand, crew, datesAhead(180), 0.8);
    const reason = await practice.reason(crew.providerIds, crew.operatoryIds, { stepMinutes: 15, durationMinutes: 30 });
    const full = await crewOf(practice, 8, 10);
    await fillBook(stand, full, datesAhead(181), 1);
    const busy = await practice.reason(full.providerIds, full.operatoryIds, { stepMinutes: 15, durationMinutes: 30 });
    const calls = {
      bare: `reasons/${reason.id}`,
      search: `availability?reasonId=${reason.id}&days=31`,
      anyProvider: `availability?reasonId=${reason.id}&days=31&anyProvider=true`,
      searchFull: `availability/days?reasonId=${busy.id}&days=31`,
      nextFull: `availability/next?reasonId=${busy.id}`,
    };
    const fetcher = new Fetcher(practice.baseUrl, practice.apiKey);
    const sizes: Record<string, { json: number; sent: number }> = {};
    for (const [name, path] of Object.entries(calls)) {
      const json = JSON.stringify(await practice.ok('GET', path)).length;
      sizes[name] = { json, sent: await fetcher.get(path) };
    }
    const ask = (path: string) => () => fetcher.get(path);
    const bare = ask(calls.bare);
    // Two at a time: what is compared is measured within seconds.
    const any = await turnsOf({ bare, anyProvider: ask(calls.anyProvider) }, { rounds: 8 });
    const every = await turnsOf({ bare, search: ask(calls.search) }, { rounds: 8 });
    const next = await turnsOf({ searchFull: ask(calls.searchFull), nextFull: ask(calls.nextFull) }, { rounds: 6 });
    const anyShare = ratioOf(any, (turn) => turn.anyProvider.perSecond / turn.bare.perSecond);
    const everyShare = ratioOf(every, (turn) => turn.search.perSecond / turn.bare.perSecond);
    const nextCost = ratioOf(next, ({ searchFull, nextFull }) => searchFull.perSecond / nextFull.perSecond);
    return [
      {
        what: 'slot search over HTTP, 31 days, 8 providers, 10 operatories, each start once',
        bar: '≥ 0.5 of a bare route',
        ratio: anyShare,
        met: anyShare >= 0.5,
        details: { ...middleOf(any), sizes },
      },
      {
        what: `the same with every provider's slots, an answer of ${Math.round((sizes['search']?.json ?? 0) / 1000)} kB`,
        bar: '≥ 0.5 of a bare route',
        ratio: everyShare,
        met: everyShare >= 0.5,
        details: middleOf(every),
      },
      {
        what: '"next available" in 180 full days against 31 of them',
        bar: '≤ 2× the cost',
        ratio: nextCost,
        met: nextCost <= 2,
        details: middleOf(next),
      },
    ];
  } finally {
    await stand.platform.stop();
  }
}

/** 10 locations × 20 providers × 31 days in one call. How often the book is asked, `test/availability.spec.ts` counts. */
export async function wideRow(): Promise<Row> {
  const stand = await openStand();
  try {
    const { practice } = stand;
    const reasonIds: string[] = [];
    const locationIds: string[] = [];
    for (let i = 0; i < 10; i++) {
      const crew = await crewOf(practice, 20, 20);
      await fillBook(stand, crew, datesAhead(31), 0.8);
      locationIds.push(crew.locationId);
      const shape = { stepMinutes: 15, durationMinutes: 30 };
      reasonIds.push((await practice.reason(crew.providerIds, crew.operatoryIds, shape)).id);
    }
    const search = { reasonIds, locationIds, days: 31 };
    const first = performance.now();
    const found = await practice.ok('POST', 'availability/search', search);
    const firstMs = performance.now() - first;
    const slots = (found.days as { slots: unknown[] }[]).reduce((sum, day) => sum + day.slots.length, 0);
    const all = await rateOf(() => practice.call('POST', 'availability/search', search), {
      ...{ concurrency: 1, seconds: 10, warmUpSeconds: 2 },
    });
    const any = await rateOf(() => practice.call('POST', 'availability/search', { ...search, anyProvider: true }), {
      ...{ concurrency: 1, seconds: 6, warmUpSeconds: 2 },
    });
    return {
      what: '10 locations × 20 providers × 31 days in one call',
      bar: 'one query for the pages, none per provider',
      ratio: null,
      met: true,
      details: { slots, firstMs, everyProvider: all, anyProvider: any },
    };
  } finally {
    await stand.platform.stop();
  }
}

import type { Filter } from '../src/persistence/index.js';
import { Pages, type Page } from '../src/scheduling/index.js';
import { OverlapMarks } from '../src/sync/conflicts/overlap-marks.js';
import { POLL_MS, SyncedApp } from './harness/synced-practice.js';
import { until } from './harness/until.js';

/** A process that is killed between writing the book and remembering why leaves entries that nobody knows. */
describe('a reading of a practice system that was cut off', () => {
  let synced: SyncedApp;

  beforeAll(async () => {
    synced = await SyncedApp.start();
  }, 60_000);

  afterAll(async () => {
    await synced.stop();
  });

  it('leaves no time taken for a visit that has gone before the reading was repeated', async () => {
    const practice = await synced.practice('cut-off');
    const pages = synced.get(Pages).forTenant(practice.scope);
    const { connection, desk } = practice.system;
    const slots = await practice.slots('2027-03-10', 1);
    const [{ start, end }] = slots as [(typeof slots)[number]];
    const place = { start, end, providerForeignId: '101', operatoryForeignId: '1' };
    const { foreignId } = await desk.book(place, { force: true });
    const known = `${connection._id}/${foreignId}`;
    const onPage = (ref: string) => pages.find({ 'entries.ref': ref } as unknown as Filter<Page>);
    await practice.pass(POLL_MS);
    const [page] = (await until(
      () => onPage(known),
      ([found]) => found !== undefined,
    )) as [Page];

    // As the killed process left it: one visit that was cancelled since, and another that was somewhere else then.
    const gone = `${connection._id}/gone`;
    const [own] = page.entries.filter(({ ref }) => ref === known) as [Page['entries'][number]];
    const entries = [
      { ...own, start: 0, end: 30, ref: gone },
      { ...own, start: 60, end: 90 },
    ];
    await pages.claim(page._id, {}, { $push: { entries: { $each: entries } } });
    await synced.get(OverlapMarks).mark(practice.scope, connection._id, [page._id]);

    await practice.pass(POLL_MS);
    await until(
      () => onPage(gone),
      ([found]) => found === undefined,
    );
    const [after] = (await onPage(known)) as [Page];
    const others = ({ entries }: Page) => entries.filter(({ ref }) => ref !== known && ref !== gone).length;
    expect(after.entries.filter(({ ref }) => ref === known)).toEqual(page.entries.filter(({ ref }) => ref === known));
    expect(others(after)).toBe(others(page));
  });
});

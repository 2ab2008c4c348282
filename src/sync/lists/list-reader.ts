import { Inject, Injectable } from '@nestjs/common';
import { addDays, CLOCK, localDateOf, type Clock } from '../../kernel/index.js';
import type { Filter, ScopedCollection, Update } from '../../persistence/index.js';
import { chunksOf, type Chunk, PmsClient, refuseSuddenlyEmpty } from '../site/pms-client.js';
import type { Site } from '../site/site.js';
import { UnreadableRecords } from '../unreadable/unreadable-records.js';
import { ForgottenPatients } from './forgotten-patients.js';
import { ListItems, type ListItem } from './list-item.schema.js';
import { itemOf, recallOf } from './list-records.js';
import { ListRegister } from './list-register.js';
import type { ListState } from './list-state.schema.js';
import { LIST_RHYTHM, listItemId, PULLS, recallId, type SetUpList } from './lists.js';
import { mirror, type Mirrored } from './mirror.js';
import { Recalls, type Recall } from './recall.schema.js';

/** Its failures say nothing of the practice system: the book goes on without it. */
const BESIDE = { deadlineMs: LIST_RHYTHM.readMs, retries: 1, secondary: true } as const;

/** Reads one list, page by page. What is gone over there goes here when a whole reading has not had it. */
@Injectable()
export class ListReader {
  constructor(
    private readonly client: PmsClient,
    private readonly items: ListItems,
    private readonly recalls: Recalls,
    private readonly forgotten: ForgottenPatients,
    private readonly unreadable: UnreadableRecords,
    private readonly register: ListRegister,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** One step; the state says whether more is to come. Throws {@link PmsFailed}. */
  async read(site: Site, state: ListState): Promise<ListState> {
    return state.list === 'recalls' ? this.readRecalls(site, state) : this.readWhole(site, state, state.list);
  }

  private async readWhole(site: Site, state: ListState, list: SetUpList): Promise<ListState> {
    const connectionId = site.connection._id;
    const rows = this.items.forTenant(site.scope);
    const began = this.clock.now();
    const pages: AsyncIterable<Chunk<{ readonly foreignId: string }>> = this.client.pages(
      site,
      PULLS[list],
      {},
      BESIDE,
    );
    for await (const chunk of chunksOf(pages)) {
      await this.unreadable.meet(site, list, chunk);
      const items = chunk.records.flatMap((record) => itemOf(connectionId, list, record, roundOf(state)));
      await mirror(rows, items);
    }
    const idOf = (foreignId: string) => listItemId(connectionId, list, foreignId);
    return this.finish(site, state, began, rows, { connectionId, list } as Filter<ListItem>, idOf);
  }

  /** Some of the days; after the last of them the list is whole. */
  private async readRecalls(site: Site, state: ListState): Promise<ListState> {
    const connectionId = site.connection._id;
    const rows = this.recalls.forTenant(site.scope);
    const now = this.clock.now();
    const today = localDateOf(site.zone, now);
    const last = addDays(today, LIST_RHYTHM.recallAheadDays);
    const { next: from, began } = state.part ?? { next: addDays(today, -LIST_RHYTHM.recallPastDays), began: now };
    const next = addDays(from, LIST_RHYTHM.recallPartDays);
    const days = { from, to: next > last ? last : addDays(next, -1) };
    for await (const chunk of chunksOf(this.client.pages(site, PULLS.recalls, days, BESIDE))) {
      await this.unreadable.meet(site, 'recalls', chunk);
      const wanted = await this.forgotten.without(site, chunk.records);
      await mirror(
        rows,
        wanted.map((record) => recallOf(connectionId, record, roundOf(state))),
      );
    }
    if (next <= last) return this.register.went(site, state, next, began);
    const idOf = (foreignId: string) => recallId(connectionId, foreignId);
    return this.finish(site, state, began, rows, { connectionId } as Filter<Recall>, idOf);
  }

  /** The last page is in: what no page has had goes, unless it was there and could not be read. */
  private async finish<T extends Mirrored>(
    site: Site,
    state: ListState,
    began: number,
    rows: ScopedCollection<T>,
    all: Filter<T>,
    idOf: (foreignId: string) => string,
  ): Promise<ListState> {
    const round = roundOf(state);
    await this.unreadable.complete(site, state.list, began);
    const { foreignIds, anybody } = await this.unreadable.spared(site, state.list);
    const spared = { ...all, _id: { $in: [...foreignIds].map(idOf) } } as unknown as Filter<T>;
    if (foreignIds.size > 0) await rows.updateMany(spared, { $set: { round } } as unknown as Update<T>);
    const read = await rows.count({ ...all, round } as unknown as Filter<T>);
    if (read === 0 && state.records > 0) refuseSuddenlyEmpty(site);
    if (!anybody) await rows.removeMany({ ...all, round: { $ne: round } } as unknown as Filter<T>);
    return this.register.done(site, state, read, await this.unreadable.countOf(site, state.list));
  }
}

/** The number of the reading that is under way. */
function roundOf({ round }: ListState): number {
  return round + 1;
}

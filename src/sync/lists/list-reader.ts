import { Inject, Injectable } from '@nestjs/common';
import { addDays, CLOCK, localDateOf, type Clock } from '../../kernel/index.js';
import type { Filter } from '../../persistence/index.js';
import { chunksOf, type Chunk, PmsClient, refuseSuddenlyEmpty } from '../site/pms-client.js';
import type { Site } from '../site/site.js';
import { ForgottenPatients } from './forgotten-patients.js';
import { ListItems, type ListItem } from './list-item.schema.js';
import { itemOf, recallOf } from './list-records.js';
import { ListRegister } from './list-register.js';
import type { ListState } from './list-state.schema.js';
import { LIST_RHYTHM, PULLS, type SetUpList } from './lists.js';
import { mirror } from './mirror.js';
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
    const round = state.round + 1;
    const pages: AsyncIterable<Chunk<{ readonly foreignId: string }>> = this.client.pages(
      site,
      PULLS[list],
      {},
      BESIDE,
    );
    for await (const { records } of chunksOf(pages)) {
      await mirror(
        rows,
        records.flatMap((record) => itemOf(connectionId, list, record, round)),
      );
    }
    const all = { connectionId, list };
    const read = await rows.count({ ...all, round } as Filter<ListItem>);
    if (read === 0 && state.records > 0) refuseSuddenlyEmpty(site);
    await rows.removeMany({ ...all, round: { $ne: round } } as Filter<ListItem>);
    return this.register.done(site, state, read);
  }

  /** Some of the days; after the last of them the list is whole. */
  private async readRecalls(site: Site, state: ListState): Promise<ListState> {
    const connectionId = site.connection._id;
    const rows = this.recalls.forTenant(site.scope);
    const round = state.round + 1;
    const today = localDateOf(site.zone, this.clock.now());
    const last = addDays(today, LIST_RHYTHM.recallAheadDays);
    const from = state.part?.next ?? addDays(today, -LIST_RHYTHM.recallPastDays);
    const next = addDays(from, LIST_RHYTHM.recallPartDays);
    const days = { from, to: next > last ? last : addDays(next, -1) };
    for await (const { records } of chunksOf(this.client.pages(site, PULLS.recalls, days, BESIDE))) {
      const wanted = await this.forgotten.without(site, records);
      await mirror(
        rows,
        wanted.map((record) => recallOf(connectionId, record, round)),
      );
    }
    if (next <= last) return this.register.went(site, state, next);
    const read = await rows.count({ connectionId, round } as Filter<Recall>);
    if (read === 0 && state.records > 0) refuseSuddenlyEmpty(site);
    await rows.removeMany({ connectionId, round: { $ne: round } } as Filter<Recall>);
    return this.register.done(site, state, read);
  }
}

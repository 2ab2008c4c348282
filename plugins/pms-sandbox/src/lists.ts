import type { DayRange, PluginDeps, PmsRecall } from '@openchair/plugin-kit';
import type { Practice } from './practice.js';
import type { SandboxList, SandboxLists } from './seed/lists.js';

/** What the seed says, until the front desk keeps another list. */
export class Lists {
  constructor(
    private readonly practice: Practice,
    private readonly store: PluginDeps['store'],
  ) {}

  async of<L extends SandboxList>(list: L): Promise<SandboxLists[L]> {
    const kept = await this.store.get<SandboxLists[L]>(`list/${list}`);
    return kept?.value ?? this.practice.lists[list];
  }

  /** Who is due from `from` to `to`, both included. */
  async recalls({ from, to }: DayRange): Promise<PmsRecall[]> {
    return (await this.of('recalls')).filter(({ dueOn }) => dueOn >= from && dueOn <= to);
  }

  /** From now on the list is this one. */
  async keep<L extends SandboxList>(list: L, records: SandboxLists[L]): Promise<void> {
    await this.store.put(`list/${list}`, records);
  }
}

import type {
  DayRange,
  PluginDeps,
  PmsAppointmentType,
  PmsCarrier,
  PmsProcedureCode,
  PmsRecall,
} from '@openchair/plugin-kit';
import type { Practice } from './practice.js';

/** The lists beside the book, by the capability that reads them. */
export interface SandboxLists {
  readonly carriers: readonly PmsCarrier[];
  readonly appointment_types: readonly PmsAppointmentType[];
  readonly procedure_codes: readonly PmsProcedureCode[];
  readonly recalls: readonly PmsRecall[];
}

export type SandboxList = keyof SandboxLists;

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

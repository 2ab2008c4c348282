import { randomUUID } from 'node:crypto';
import { type PluginConfig, type PluginDeps, type PmsAppointment, withDefaults } from '@openchair/plugin-kit';
import { Book } from './book.js';
import { type SandboxConfig, sandboxConfigSchema } from './config.js';
import { Lists } from './lists.js';
import type { SandboxList, SandboxLists } from './seed/lists.js';
import { Practice } from './practice.js';
import { seedPatientId } from './seed/patients.js';
import { type Place, recordOf } from './visit.js';

/** What staff do in the practice system itself. Faults do not touch them. */
export interface FrontDesk {
  /** Enters a visit; `force` double-books. Throws `Conflict` when the time is taken. */
  book(place: Place & { patientForeignId?: string }, options?: { force?: boolean }): Promise<PmsAppointment>;
  /** `silently`: changes are not told to anybody who asks for them. */
  move(foreignId: string, place: Place, options?: { force?: boolean; silently?: boolean }): Promise<PmsAppointment>;
  cancel(foreignId: string, as?: 'cancelled' | 'missed'): Promise<PmsAppointment>;
  confirm(foreignId: string, confirmed?: boolean): Promise<PmsAppointment>;
  /** Puts the patient of a visit on the ASAP list, or takes them off it. */
  asap(foreignId: string, asap?: boolean): Promise<PmsAppointment>;
  /** What a list beside the book holds now. */
  list<L extends SandboxList>(list: L): Promise<SandboxLists[L]>;
  /** Keeps another list in its place. */
  keepList<L extends SandboxList>(list: L, records: SandboxLists[L]): Promise<void>;
}

/** The front desk of the practice behind a connection: give it the connection's configuration and deps. */
export function frontDesk(config: PluginConfig, deps: Pick<PluginDeps, 'store' | 'clock' | 'zone'>): FrontDesk {
  const practice = new Practice(withDefaults(sandboxConfigSchema, config) as unknown as SandboxConfig, deps.zone);
  const book = new Book(practice, deps);
  const lists = new Lists(practice, deps.store);
  const show = (visit: Parameters<typeof recordOf>[0]) => recordOf(visit, deps.clock.now());
  return {
    async book({ patientForeignId = seedPatientId(0), ...place }, options) {
      const now = deps.clock.now();
      const foreignId = `f${randomUUID().slice(0, 8)}`;
      const marks = { status: 'scheduled', confirmed: false, asap: false, updatedAt: now, enteredAt: now } as const;
      return show(await book.enter({ ...place, ...marks, foreignId, patientForeignId }, options));
    },
    move: async (foreignId, place, options) => show(await book.move(foreignId, place, options)),
    cancel: async (foreignId, as = 'cancelled') => show(await book.mark(foreignId, { status: as })),
    confirm: async (foreignId, confirmed = true) => show(await book.mark(foreignId, { confirmed })),
    asap: async (foreignId, asap = true) => show(await book.mark(foreignId, { asap })),
    list: (list) => lists.of(list),
    keepList: (list, records) => lists.keep(list, records),
  };
}

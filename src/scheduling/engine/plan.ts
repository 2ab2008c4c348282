import { isCutOff, misfitOf, openWindow, usedUp } from './day-rules.js';
import { keptStarts, newRow, startsOf, type Board } from './free.js';
import { avoidGaps } from './gaps.js';
import { add, drop, gridOf, isMarked, keep, mark, type Grid } from './grid.js';
import type { Interval } from './intervals.js';
import type { Assist, DayInput, DayProvider, DayResource, SlotCandidate } from './model.js';
import { assistOffsets, visitOf, type Need, type Visit } from './visit.js';

/** An operatory as one provider would use it. */
interface Chair {
  readonly id: string;
  readonly row: number;
}

interface Candidate {
  readonly provider: DayProvider;
  /** The starts at which everything fits. */
  readonly row: number;
  readonly chairs: readonly Chair[];
}

interface Entry {
  readonly assistant: DayResource;
  readonly offset: number;
  readonly row: number;
}

/**
 * One day worked out: which starts each provider can take. `forEach` calls back for each slot without making an
 * object of it; `slots` makes them one at a time.
 */
export class DayPlan {
  private readonly board: Board;
  private readonly grid: Grid;
  private readonly visit: Visit;
  private readonly candidates: Candidate[] = [];
  private readonly entries: Entry[];
  private readonly all: number;

  /** Throws a RangeError for a rule that cannot be met (step, duration, pattern, buffers or assist). */
  constructor(private readonly input: DayInput) {
    const { rule, wall, dayLengthMinutes } = input;
    this.visit = visitOf(rule);
    this.grid = gridOf(wall, dayLengthMinutes, rule.stepMinutes);
    const offsets = assistOffsets(rule, this.visit.duration);
    this.board = { bits: new Uint32Array(this.grid.words * this.rowsNeeded(offsets.length)), grid: this.grid, next: 0 };
    this.all = newRow(this.board);
    const window = this.windowRow();
    this.entries = window === undefined ? [] : this.assistEntries(offsets);
    if (window !== undefined) this.findCandidates(window);
  }

  /** Calls `take` for each slot, by start and then in the order of the providers, until it answers false. */
  forEach(take: (providerId: string, operatoryId: string, start: number) => boolean | void): void {
    for (let index = this.nextStart(0); index >= 0; index = this.nextStart(index + 1)) {
      for (const candidate of this.candidates) {
        if (!isMarked(this.board.bits, candidate.row, index)) continue;
        const operatoryId = this.chairAt(candidate, index).id;
        if (take(candidate.provider.id, operatoryId, this.grid.starts[index] as number) === false) return;
      }
    }
  }

  /** The slots in the same order, each made when it is asked for. */
  *slots(): Generator<SlotCandidate> {
    for (let index = this.nextStart(0); index >= 0; index = this.nextStart(index + 1)) {
      for (const candidate of this.candidates) {
        if (isMarked(this.board.bits, candidate.row, index)) yield this.slotAt(candidate, index);
      }
    }
  }

  /** Index of the first start from `index` on that anybody can take; -1 when there is none. */
  private nextStart(index: number): number {
    for (let word = index >>> 5; word < this.grid.words; word++) {
      const from = word === index >>> 5 ? index & 31 : 0;
      const left = ((this.board.bits[this.all + word] as number) >>> from) << from;
      if (left !== 0) return word * 32 + 31 - Math.clz32(left & -left);
    }
    return -1;
  }

  private slotAt(candidate: Candidate, index: number): SlotCandidate {
    const start = this.grid.starts[index] as number;
    const assist = this.assistAt(candidate.provider.id, index, start);
    return {
      providerId: candidate.provider.id,
      operatoryId: this.chairAt(candidate, index).id,
      start,
      end: start + this.visit.duration,
      ...(assist ? { assist } : {}),
    };
  }

  private chairAt({ chairs }: Candidate, index: number): Chair {
    for (const chair of chairs) if (isMarked(this.board.bits, chair.row, index)) return chair;
    throw new Error('A start without an operatory was kept');
  }

  private assistAt(providerId: string, index: number, start: number): Assist | undefined {
    const minutes = this.input.rule.assist?.minutes ?? 0;
    for (const { assistant, offset, row } of this.entries) {
      if (assistant.id === providerId || !isMarked(this.board.bits, row, index)) continue;
      return { providerId: assistant.id, start: start + offset, end: start + offset + minutes };
    }
    return undefined;
  }

  /** An upper bound: each provider, operatory, pair and assist, with a row for each further run of a pattern. */
  private rowsNeeded(offsets: number): number {
    const { providers, operatories, assistants = [], rule } = this.input;
    const pairs =
      rule.blockoutTypes.length === 0 ? 0 : providers.reduce((sum, each) => sum + each.operatoryIds.length, 0);
    const runs = Math.max(1, this.visit.providerRuns.length);
    return 5 + providers.length * (runs + 2) + operatories.length + pairs + assistants.length * offsets;
  }

  /** The starts that present, notice, horizon and wishes leave; undefined when the day is closed to the patient. */
  private windowRow(): number | undefined {
    const { input, grid } = this;
    if (isCutOff(input) || misfitOf(input) !== undefined) return undefined;
    const { first, last } = openWindow(input, this.visit.duration);
    if (first > last) return undefined;
    const { bits } = this.board;
    const row = newRow(this.board);
    mark(bits, row, grid, first, last + 1, true);
    if (input.wanted) {
      const wanted = newRow(this.board);
      for (const { start, end } of input.wanted) mark(bits, wanted, grid, start, end, true);
      keep(bits, row, wanted, grid.words);
    }
    return row;
  }

  /** By assistant in their order, then by time: the first that fits is taken. */
  private assistEntries(offsets: readonly number[]): Entry[] {
    const { rule, assistants = [], dayLengthMinutes } = this.input;
    const minutes = rule.assist?.minutes ?? 0;
    return assistants.flatMap((assistant) =>
      offsets.map((offset) => {
        const time: Interval[] = [{ start: offset, end: offset + minutes }];
        const need: Need = { firm: time, whole: time };
        return { assistant, offset, row: startsOf(this.board, assistant, need, rule, dayLengthMinutes) };
      }),
    );
  }

  private findCandidates(window: number): void {
    const { input, board, grid, visit } = this;
    const { bits } = board;
    const { rule, dayLengthMinutes } = input;
    const operatories = this.operatoryRows();
    for (const provider of input.providers) {
      if (input.quotas && usedUp(input, provider.id).length > 0) continue;
      const row = startsOf(board, provider, visit.provider, rule, dayLengthMinutes);
      keep(bits, row, window, grid.words);
      const chairs: Chair[] = [];
      const seat = newRow(board);
      for (const id of provider.operatoryIds) {
        const operatory = operatories.get(id);
        if (!operatory) continue;
        let chairRow = operatory.row;
        if (rule.blockoutTypes.length > 0) {
          chairRow = keptStarts(board, [provider, operatory.resource], rule, visit.duration);
          keep(bits, chairRow, operatory.row, grid.words);
        }
        chairs.push({ id, row: chairRow });
        add(bits, seat, chairRow, grid.words);
      }
      keep(bits, row, seat, grid.words);
      if (rule.assist) this.keepAssisted(row, provider.id);
      avoidGaps(bits, row, grid, provider, visit, input);
      // Once for each provider, or once for all: what an earlier one gives is not given again.
      if (input.onePerStart) drop(bits, row, this.all, grid.words);
      else for (const one of this.candidates) if (one.provider.id === provider.id) drop(bits, row, one.row, grid.words);
      add(bits, this.all, row, grid.words);
      this.candidates.push({ provider, row, chairs });
    }
  }

  private operatoryRows(): Map<string, { resource: DayResource; row: number }> {
    const { rule, operatories, dayLengthMinutes } = this.input;
    const rows = new Map<string, { resource: DayResource; row: number }>();
    for (const resource of operatories) {
      if (rule.operatoryIds && !rule.operatoryIds.includes(resource.id)) continue;
      const row = startsOf(this.board, resource, this.visit.operatory, rule, dayLengthMinutes);
      rows.set(resource.id, { resource, row });
    }
    return rows;
  }

  private keepAssisted(row: number, providerId: string): void {
    const { bits } = this.board;
    const { words } = this.grid;
    for (let word = 0; word < words; word++) {
      let assisted = 0;
      for (const { assistant, row: entry } of this.entries) {
        if (assistant.id !== providerId) assisted |= bits[entry + word] as number;
      }
      bits[row + word] = (bits[row + word] as number) & assisted;
    }
  }
}

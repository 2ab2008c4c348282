import { isCutOff, misfitOf, openWindow, usedUp } from './day-rules.js';
import { keptStarts, newBoard, newRow, startsOf, type Board } from './free.js';
import { avoidGaps } from './gaps.js';
import { add, drop, gridOf, isMarked, keep, mark, type Grid } from './grid.js';
import type { Interval } from './intervals.js';
import type { Assist, DayInput, DayProvider, DayResource, Opening, SlotCandidate } from './model.js';
import { assistOffsets, visitOf, type Need, type Visit } from './visit.js';

/** An operatory with the starts at which a visit can be in it. */
interface Chair {
  readonly resource: DayResource;
  readonly row: number;
}

interface Candidate {
  readonly provider: DayProvider;
  /** The starts at which everything fits. */
  readonly row: number;
  /** Its operatories, the preferred one first, begin here in the plan's list, and end before `lastChair`. */
  readonly firstChair: number;
  readonly lastChair: number;
}

const NO_ASSISTS: readonly Assist[] = [];

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
  private readonly chairs: Chair[] = [];
  private readonly entries: Entry[];
  private readonly all: number;

  /**
   * `everyShift`: a start that two shifts of a provider can take is kept for both, as `openings` needs it. Throws a
   * RangeError for a rule that cannot be met (step, duration, pattern, buffers or assist).
   */
  constructor(
    private readonly input: DayInput,
    private readonly everyShift = false,
  ) {
    const { rule, wall, dayLengthMinutes } = input;
    this.visit = visitOf(rule);
    this.grid = gridOf(wall, dayLengthMinutes, rule.stepMinutes);
    const offsets = assistOffsets(rule, this.visit.duration);
    this.board = newBoard(this.grid, this.grid.words * this.rowsNeeded(offsets.length));
    this.all = newRow(this.board);
    const window = this.windowRow();
    this.entries = window === undefined ? [] : this.assistEntries(offsets);
    if (window !== undefined) this.findCandidates(window);
  }

  /** Calls `take` for each slot, by start and then in the order of the providers, until it answers false. */
  forEach(take: (providerId: string, operatoryId: string, start: number) => boolean | void): void {
    const { candidates } = this;
    const { bits } = this.board;
    const { words, starts } = this.grid;
    for (let word = 0; word < words; word++) {
      for (let left = bits[this.all + word] as number; left !== 0; left &= left - 1) {
        const bit = 31 - Math.clz32(left & -left);
        const start = starts[word * 32 + bit] as number;
        for (let i = 0; i < candidates.length; i++) {
          const candidate = candidates[i] as Candidate;
          if ((((bits[candidate.row + word] as number) >>> bit) & 1) === 0) continue;
          if (take(candidate.provider.id, this.chairIdAt(candidate, word, bit), start) === false) return;
        }
      }
    }
  }

  /** The slots in the same order, each made when it is asked for. */
  *slots(): Generator<SlotCandidate> {
    const { candidates } = this;
    const { bits } = this.board;
    const { words } = this.grid;
    for (let word = 0; word < words; word++) {
      for (let left = bits[this.all + word] as number; left !== 0; left &= left - 1) {
        const bit = 31 - Math.clz32(left & -left);
        for (let i = 0; i < candidates.length; i++) {
          const candidate = candidates[i] as Candidate;
          if (((bits[candidate.row + word] as number) >>> bit) & 1) yield this.slotAt(candidate, word, bit);
        }
      }
    }
  }

  /** The starts with all that each could have, by start and then in the order of the providers; of a plan with `everyShift`. */
  *openings(): Generator<Opening> {
    const { bits } = this.board;
    const { starts, words } = this.grid;
    for (let word = 0; word < words; word++) {
      for (let left = bits[this.all + word] as number; left !== 0; left &= left - 1) {
        const bit = 31 - Math.clz32(left & -left);
        const index = word * 32 + bit;
        const chairs = new Map<string, Set<string>>();
        for (const candidate of this.candidates) {
          if (!isMarked(bits, candidate.row, index)) continue;
          const { id } = candidate.provider;
          chairs.set(id, new Set([...(chairs.get(id) ?? []), ...this.chairIdsAt(candidate, index)]));
        }
        const start = starts[index] as number;
        for (const [providerId, operatoryIds] of chairs) {
          const end = start + this.visit.duration;
          yield { providerId, start, end, operatoryIds: [...operatoryIds], assists: this.assistsAt(providerId, index) };
        }
      }
    }
  }

  private slotAt(candidate: Candidate, word: number, bit: number): SlotCandidate {
    const index = word * 32 + bit;
    const start = this.grid.starts[index] as number;
    const providerId = candidate.provider.id;
    const slot = {
      providerId,
      operatoryId: this.chairIdAt(candidate, word, bit),
      start,
      end: start + this.visit.duration,
    };
    const [assist] = this.assistsAt(providerId, index, 1);
    return assist ? { ...slot, assist } : slot;
  }

  /** The first operatory that is free at the start. A kept start has one. */
  private chairIdAt({ firstChair }: Candidate, word: number, bit: number): string {
    const { bits } = this.board;
    let at = firstChair;
    while ((((bits[(this.chairs[at] as Chair).row + word] as number) >>> bit) & 1) === 0) at++;
    return (this.chairs[at] as Chair).resource.id;
  }

  /** The free operatories, the preferred one first. */
  private *chairIdsAt({ firstChair, lastChair }: Candidate, index: number): Generator<string> {
    for (let at = firstChair; at < lastChair; at++) {
      const { resource, row } = this.chairs[at] as Chair;
      if (isMarked(this.board.bits, row, index)) yield resource.id;
    }
  }

  /** The first `most` assists that fit, the preferred one first. */
  private assistsAt(providerId: string, index: number, most = Infinity): readonly Assist[] {
    if (this.entries.length === 0) return NO_ASSISTS;
    const minutes = this.input.rule.assist?.minutes ?? 0;
    const start = this.grid.starts[index] as number;
    const assists: Assist[] = [];
    for (const { assistant, offset, row } of this.entries) {
      if (assists.length === most) break;
      if (assistant.id === providerId || !isMarked(this.board.bits, row, index)) continue;
      assists.push({ providerId: assistant.id, start: start + offset, end: start + offset + minutes });
    }
    return assists;
  }

  /** An upper bound: each provider, operatory, pair and assist, with a row for each further run of a pattern. */
  private rowsNeeded(offsets: number): number {
    const { providers, operatories, assistants = [], rule } = this.input;
    const pairs =
      rule.blockoutTypes.length === 0 ? 0 : providers.reduce((sum, each) => sum + each.operatoryIds.length, 0);
    const runs = Math.max(1, this.visit.providerRuns.length);
    return 3 + providers.length * runs + operatories.length + pairs + assistants.length * offsets;
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
    const operatories = this.operatoryChairs();
    for (const provider of input.providers) {
      if (input.quotas && usedUp(input, provider.id).length > 0) continue;
      const row = startsOf(board, provider, visit.provider, rule, dayLengthMinutes);
      const firstChair = this.chairs.length;
      this.addChairs(provider, operatories);
      this.keepSeated(row, window, firstChair);
      if (rule.assist) this.keepAssisted(row, provider.id);
      if (rule.minGapMinutes) avoidGaps(bits, row, grid, provider, visit, input);
      if (!this.everyShift) this.dropGiven(row, provider.id);
      add(bits, this.all, row, grid.words);
      this.candidates.push({ provider, row, firstChair, lastChair: this.chairs.length });
    }
  }

  /** The operatories that the reason may use. */
  private operatoryChairs(): Map<string, Chair> {
    const { rule, operatories, dayLengthMinutes } = this.input;
    const chairs = new Map<string, Chair>();
    for (const resource of operatories) {
      if (rule.operatoryIds && !rule.operatoryIds.includes(resource.id)) continue;
      const row = startsOf(this.board, resource, this.visit.operatory, rule, dayLengthMinutes);
      chairs.set(resource.id, { resource, row });
    }
    return chairs;
  }

  /** Adds the operatories as one provider would use them, the preferred one first. */
  private addChairs(provider: DayProvider, operatories: ReadonlyMap<string, Chair>): void {
    const { rule } = this.input;
    const { operatoryIds } = provider;
    for (let i = 0; i < operatoryIds.length; i++) {
      const chair = operatories.get(operatoryIds[i] as string);
      if (!chair) continue;
      this.chairs.push(rule.blockoutTypes.length === 0 ? chair : this.keptChair(provider, chair));
    }
  }

  /** An operatory at the starts at which the visit lies in time that is kept for the reason. */
  private keptChair(provider: DayProvider, { resource, row: free }: Chair): Chair {
    const row = keptStarts(this.board, [provider, resource], this.input.rule, this.visit.duration);
    keep(this.board.bits, row, free, this.grid.words);
    return { resource, row };
  }

  /** Keeps the starts of the window at which one of the operatories from `firstChair` on is free. */
  private keepSeated(row: number, window: number, firstChair: number): void {
    const { bits } = this.board;
    const { chairs } = this;
    for (let word = 0; word < this.grid.words; word++) {
      const open = (bits[row + word] as number) & (bits[window + word] as number);
      let seats = 0;
      if (open !== 0) {
        for (let i = firstChair; i < chairs.length; i++) seats |= bits[(chairs[i] as Chair).row + word] as number;
      }
      bits[row + word] = open & seats;
    }
  }

  /** Once for each provider, or once for all: what an earlier one gives is not given again. */
  private dropGiven(row: number, providerId: string): void {
    const { bits } = this.board;
    const { words } = this.grid;
    if (this.input.onePerStart) return drop(bits, row, this.all, words);
    for (let i = 0; i < this.candidates.length; i++) {
      const { provider, row: given } = this.candidates[i] as Candidate;
      if (provider.id === providerId) drop(bits, row, given, words);
    }
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

import type { CatalogSnapshot, Reason } from '../../catalog/index.js';
import { dayStart, localTimeOf, type LocalDate } from '../../kernel/index.js';
import type { BlockType, Entry } from '../book/page.schema.js';
import type { Finding, Interval, Obstacle, Quota } from '../engine/index.js';
import type { FindingView, RemovingRule } from './explain.dto.js';
import type { Place } from './place.js';

const MINUTE_MS = 60_000;

/** Says the engine's findings in the words of the front desk. */
export class Wording {
  constructor(
    private readonly place: Place,
    private readonly date: LocalDate,
    private readonly snapshot: CatalogSnapshot,
    private readonly providerId: string,
    /** False: the practice system has given the provider no hours on this day. */
    private readonly hoursTold: boolean,
  ) {}

  of(finding: Finding): FindingView | [] {
    const { reason } = this.place;
    switch (finding.rule) {
      case 'patient_type':
        return say('patient_type', `${reason.name} is for ${reason.patientTypes.join(' and ')} patients.`, reason._id);
      case 'age':
        return say('age', `${reason.name} is for patients ${ages(reason)} on the day of the visit.`, reason._id);
      case 'cutoff':
        return say('cutoff', `Nothing is offered for the same day from ${this.place.cutoff} on.`, null);
      case 'grid':
        return say('grid', `Visits start every ${this.place.rule.stepMinutes} minutes from 00:00.`, reason._id);
      case 'past':
        return say('past', 'That time is over.', null);
      case 'notice':
        return say('notice', `The earliest start now is ${this.instant(this.place.notBefore)} (minimum notice).`, null);
      case 'horizon':
        return say('horizon', `The latest start now is ${this.instant(this.place.notAfter)} (how far ahead).`, null);
      case 'day_end':
        return say('day_end', 'The visit would reach into the next day.', reason._id);
      case 'wish':
        return []; // Nobody asks why a time that is not wanted is not given.
      case 'limit':
        return this.limit(finding.quota);
      case 'provider':
        return this.obstacle(`provider_${finding.obstacle.kind}`, this.providerId, finding.obstacle);
      case 'no_operatory':
        return say(
          'no_operatory',
          `${this.name(this.providerId)} has no operatory for ${reason.name} here.`,
          reason._id,
        );
      case 'operatory':
        return this.obstacle(operatoryRule(finding.obstacle), finding.operatoryId, finding.obstacle);
      case 'kept':
        return say(
          'kept_blockout',
          `${reason.name} is booked only into time kept for ${reason.blockoutTypes.join(' or ')}, and the visit in ${this.name(finding.operatoryId)} does not lie in any.`,
          reason._id,
        );
      case 'assist':
        return say('assist', this.assistWords(), reason._id);
      case 'gap':
        return say(
          'gap',
          `It would leave ${this.name(this.providerId)} less than ${this.place.rule.minGapMinutes} minutes beside the visit, and another start would not.`,
          this.providerId,
        );
      case 'assigned_to_other':
        return say(
          'assigned_to_other',
          `"Any provider" gives this start to ${this.name(finding.providerId)}.`,
          finding.providerId,
        );
    }
  }

  private limit({ scope, per, max, taken }: Quota): FindingView {
    const { reason, location } = this.place;
    const [whose, id] =
      scope === 'provider'
        ? [this.name(this.providerId), this.providerId]
        : scope === 'reason'
          ? [reason.name, reason._id]
          : [location.name, location._id];
    return say('limit', `${whose} takes ${max} visits a ${per}, and ${taken} are booked.`, id);
  }

  private obstacle(rule: RemovingRule, id: string, obstacle: Obstacle): FindingView {
    const who = this.name(id);
    const block = obstacle.kind === 'hours' ? null : (obstacle.by as Partial<Entry>);
    if (block?.kind === 'block') return this.block(block as Entry);
    if (obstacle.kind === 'hours') {
      if (!this.hoursTold) return say(rule, `The practice system gives ${who} no hours on this day.`, id);
      return say(rule, `${who} does not work from ${this.span(obstacle.needed)} all the time.`, id);
    }
    if (obstacle.kind === 'blockout') {
      return say(rule, `${who} has time set aside for ${obstacle.by.type} from ${this.span(obstacle.by)}.`, id);
    }
    const { kind = 'external', ref = null } = obstacle.by as Partial<Entry>;
    const buffer = obstacle.buffer ? ', in the time kept free around the visit' : '';
    return { ...say(rule, `${who} is busy from ${this.span(obstacle.by)} (${ENTRY_WORDS[kind]})${buffer}.`, id), ref };
  }

  private block({ resource, block, ref, ...span }: Entry): FindingView {
    const what = `${this.name(resource)} is set apart from ${this.span(span)} (${BLOCK_WORDS[block?.type ?? 'other']}).`;
    return { ...say('block', what, resource), ref };
  }

  private assistWords(): string {
    const { assist } = this.place.rule;
    const names = this.place.assistants.map(({ _id }) => this.name(_id)).join(', ') || 'nobody who works here';
    return `Nobody can come in for ${assist?.minutes} minutes between minute ${assist?.from} and ${assist?.to} of the visit: ${names} may.`;
  }

  private name(id: string): string {
    const { providerById, operatoryById } = this.snapshot;
    if (id === this.place.location._id) return this.place.location.name;
    return providerById.get(id)?.displayName ?? operatoryById.get(id)?.name ?? id;
  }

  private span({ start, end }: Interval): string {
    return `${this.time(start)} to ${this.time(end)}`;
  }

  private time(minute: number): string {
    return localTimeOf(this.place.zone, dayStart(this.place.zone, this.date) + minute * MINUTE_MS).slice(11);
  }

  private instant(epochMs: number): string {
    return localTimeOf(this.place.zone, epochMs).replace('T', ' ');
  }
}

const ENTRY_WORDS: Record<Entry['kind'], string> = {
  appointment: 'appointment',
  hold: 'held for somebody who is booking',
  block: 'blocked by the practice',
  external: 'in the practice system',
};

const BLOCK_WORDS: Record<BlockType, string> = {
  out_of_office: 'out of office',
  break: 'break',
  meeting: 'meeting',
  holiday: 'holiday',
  maintenance: 'maintenance',
  other: 'blocked by the practice',
};

export function say(rule: RemovingRule, detail: string, subjectId: string | null): FindingView {
  return { rule, detail, subjectId, ref: null };
}

/** An operatory is open all day: only what stands on it can be in the way. */
function operatoryRule({ kind }: Obstacle): RemovingRule {
  if (kind === 'busy') return 'operatory_busy';
  return kind === 'blockout' ? 'operatory_blockout' : 'day_end';
}

function ages({ minAge, maxAge }: Reason): string {
  if (minAge === null) return `up to ${maxAge} years of age`;
  return maxAge === null ? `from ${minAge} years of age` : `from ${minAge} to ${maxAge} years of age`;
}

import { PATIENT_TYPES } from '../../catalog/index.js';
import { Bool, CalendarDate, Id, Instant, Nested, NestedList, OneOf, QueryBool, Text } from '../../http/index.js';
import { TimeView } from '../shared-views.js';

/** Every rule that can keep a time from being offered; part of the contract. */
export const REMOVING_RULES = [
  'reason_inactive',
  'reason_not_here',
  'provider_inactive',
  'provider_not_of_reason',
  'provider_not_here',
  'patient_type',
  'age',
  'cutoff',
  'limit',
  'grid',
  'past',
  'notice',
  'horizon',
  'day_end',
  'provider_hours',
  'provider_busy',
  'provider_blockout',
  'no_operatory',
  'operatory_busy',
  'operatory_blockout',
  'kept_blockout',
  'block',
  'assist',
  'gap',
  'assigned_to_other',
] as const;
export type RemovingRule = (typeof REMOVING_RULES)[number];

export class ExplainQuery {
  @Id('reason')
  reasonId!: string;

  @Id('provider')
  providerId!: string;

  @Id('location')
  locationId!: string;

  @Instant({ description: 'The start that is asked about' })
  start!: string;

  @OneOf(PATIENT_TYPES, { optional: true })
  patientType?: 'new' | 'returning';

  @CalendarDate({ optional: true })
  dateOfBirth?: string;

  @QueryBool()
  @Bool({ optional: true, description: 'Ask about a search for any provider' })
  anyProvider?: boolean;

  @Id('appointment', { optional: true, description: 'An appointment that is to be moved: its own time counts as free' })
  rescheduleOf?: string;
}

export class FindingView {
  @OneOf(REMOVING_RULES)
  rule!: RemovingRule;

  @Text({ max: 400, example: 'Dr. Ada Park is busy from 09:30 to 10:15 (appointment).' })
  detail!: string;

  @Text({ max: 40, nullable: true, description: 'The provider, operatory, reason or location that the rule is about' })
  subjectId!: string | null;

  @Text({
    max: 80,
    nullable: true,
    description: 'The appointment, hold, block or record of the practice system in the way',
  })
  ref!: string | null;
}

export class ExplainView {
  @Bool({ description: 'True: it is offered, and there are no findings' })
  offered!: boolean;

  @Nested(() => TimeView)
  time!: TimeView;

  @NestedList(() => FindingView, { maxItems: 500, description: 'Every rule that stands against it' })
  findings!: FindingView[];
}

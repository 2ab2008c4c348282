import { CalendarDate, Id, Nested, NestedList, OneOf, Text } from '../../http/index.js';
import { PATIENT_TYPES } from '../../catalog/index.js';
import { WaitlistWishes } from '../../scheduling/index.js';
import { BookingConsent, BookingPatient } from './booking.dto.js';

export const FUNNEL_STEPS = [
  'viewed',
  'reason_selected',
  'provider_selected',
  'slot_selected',
  'form_started',
  'abandoned',
  'error',
] as const;

export class JoinWaitlist extends WaitlistWishes {
  @Id('reason')
  reasonId!: string;

  @Id('provider', { optional: true })
  providerId?: string;

  @OneOf(PATIENT_TYPES)
  patientType!: 'new' | 'returning';

  @Nested(() => BookingPatient)
  patient!: BookingPatient;

  @Nested(() => BookingConsent)
  consent!: BookingConsent;
}

export class WaitlistView {
  @Id('waitlistEntry')
  id!: string;

  @CalendarDate()
  from!: string;

  @CalendarDate()
  to!: string;
}

class FunnelStep {
  @OneOf(FUNNEL_STEPS)
  step!: (typeof FUNNEL_STEPS)[number];

  @Id('reason', { optional: true })
  reasonId?: string;

  @Id('provider', { optional: true })
  providerId?: string;

  @Text({ max: 60, pattern: /^[a-z_]+$/, optional: true, description: 'Code of an error' })
  code?: string;
}

export class FunnelSteps {
  @NestedList(() => FunnelStep, { minItems: 1, maxItems: 50 })
  events!: FunnelStep[];
}

import {
  Bool,
  CalendarDate,
  Id,
  Int,
  NestedList,
  OneOf,
  SomeOf,
  Text,
  TextList,
  WebAddress,
} from '../../http/index.js';
import { INSURANCE_RESULTS, PATIENT_TYPES, QUESTION_TYPES } from '../../catalog/index.js';

export class WidgetReasonsQuery {
  @OneOf(PATIENT_TYPES)
  patientType!: 'new' | 'returning';

  @CalendarDate({ optional: true, description: 'For reasons with an age rule' })
  dateOfBirth?: string;
}

export class WidgetReason {
  @Id('reason')
  id!: string;

  @Text({ max: 120 })
  name!: string;

  @Text({ max: 80 })
  slug!: string;

  @Text({ max: 2_000, nullable: true })
  description!: string | null;

  @Int({ min: 5, max: 480 })
  durationMinutes!: number;

  @Bool({ description: 'The patient may choose the provider' })
  showProviders!: boolean;
}

export class WidgetReasons {
  @NestedList(() => WidgetReason, { maxItems: 1_000 })
  data!: WidgetReason[];
}

export class WidgetProvidersQuery {
  @Id('reason')
  reasonId!: string;
}

export class WidgetProvider {
  @Id('provider')
  id!: string;

  @Text({ max: 120 })
  name!: string;

  @Text({ max: 40 })
  role!: string;

  @Text({ max: 4_000, nullable: true })
  bio!: string | null;

  @WebAddress({ nullable: true })
  imageUrl!: string | null;

  @Text({ max: 7, nullable: true })
  color!: string | null;
}

export class WidgetProviders {
  @NestedList(() => WidgetProvider, { maxItems: 1_000 })
  data!: WidgetProvider[];
}

export class WidgetCarriersQuery {
  @Text({ max: 80, optional: true, description: 'Part of a name' })
  q?: string;
}

export class WidgetCarrier {
  @Id('carrier')
  id!: string;

  @Text({ max: 120 })
  name!: string;
}

export class WidgetCarriers {
  @NestedList(() => WidgetCarrier, { maxItems: 100 })
  data!: WidgetCarrier[];
}

export class InsuranceCheck {
  @Id('carrier', { optional: true, description: 'This or carrierName' })
  carrierId?: string;

  @Text({ max: 120, optional: true })
  carrierName?: string;
}

class InsuranceQuestionView {
  @Text({ max: 60 })
  id!: string;

  @Text({ max: 500 })
  label!: string;

  @OneOf(QUESTION_TYPES)
  type!: string;

  @TextList({ max: 200, maxItems: 50 })
  choices!: string[];

  @Bool()
  required!: boolean;
}

export class InsuranceCheckView {
  @OneOf(INSURANCE_RESULTS)
  result!: string;

  @Text({ max: 2_000, nullable: true, description: 'What the practice says to that' })
  message!: string | null;

  @SomeOf(['groupNumber', 'subscriberId', 'subscriberName', 'plan'])
  requiredFields!: string[];

  @SomeOf(['groupNumber', 'subscriberId', 'subscriberName', 'plan'], {
    description: 'Fields that are asked, required ones included',
  })
  askedFields!: string[];

  @NestedList(() => InsuranceQuestionView, { maxItems: 50 })
  questions!: InsuranceQuestionView[];
}

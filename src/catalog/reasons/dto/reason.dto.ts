import { IntersectionType } from '@nestjs/swagger';
import { ValidateBy } from 'class-validator';
import {
  AnswerOf,
  Bool,
  Id,
  IdList,
  Int,
  Nested,
  NestedList,
  OneOf,
  SomeOf,
  Stamps,
  Text,
  TextList,
  WallTime,
} from '../../../http/index.js';
import { ForeignView, ItemFields } from '../../shared/item.dto.js';
import {
  ASSIGNMENTS,
  BUFFER_HOLDERS,
  CONFIRM_MODES,
  MARK_MINUTES,
  PATIENT_TYPES,
  type Assignment,
  type ConfirmMode,
  type PatientType,
  type ReasonAssist,
  type ReasonBuffers,
} from '../reason.schema.js';
import { SLUG_MAX } from '../slug.js';

const none = { optional: true, nullable: true } as const;

/** Whole steps of a pattern's mark. */
export const MultipleOf5 = () =>
  ValidateBy({
    name: 'multipleOf',
    validator: {
      validate: (value) => Number.isInteger(value) && (value as number) % MARK_MINUTES === 0,
      defaultMessage: () => `$property must be a multiple of ${MARK_MINUTES}`,
    },
  });

export class BuffersDto implements ReasonBuffers {
  @MultipleOf5()
  @Int({ min: 0, max: 240, example: 10 })
  beforeMinutes!: number;

  @MultipleOf5()
  @Int({ min: 0, max: 240, example: 10 })
  afterMinutes!: number;

  @OneOf(BUFFER_HOLDERS, { description: 'Whose time is kept free' })
  on!: ReasonBuffers['on'];

  @Bool({ description: 'True: may reach past closing and into blockouts. False: only as working time' })
  pastHours!: boolean;
}

export class AssistDto implements ReasonAssist {
  @IdList('provider', { maxItems: 100, minItems: 1, description: 'Who may come in, the preferred one first' })
  providerIds!: string[];

  @MultipleOf5()
  @Int({ min: 5, max: 240, example: 10 })
  minutes!: number;

  @MultipleOf5()
  @Int({ min: 0, max: 475, example: 20, description: 'Earliest minute of the visit' })
  fromMinute!: number;

  @MultipleOf5()
  @Int({ min: 5, max: 480, example: 60, description: 'Latest end, in minutes of the visit' })
  toMinute!: number;
}

export class CreateReason extends ItemFields {
  @Text({ max: 120, example: 'New patient exam' })
  name!: string;

  @Text({
    max: SLUG_MAX,
    pattern: /^[a-z0-9]+(?:-[a-z0-9]+)*$/,
    optional: true,
    example: 'new-patient-exam',
    description: 'Names the reason in links; unique in the practice. Default: made from the name',
  })
  slug?: string;

  @Text({ max: 2_000, multiline: true, ...none })
  description?: string | null;

  @Text({ max: 120, ...none, description: "For the practice's reports; patients never see it" })
  appointmentType?: string | null;

  @MultipleOf5()
  @Int({
    min: 5,
    max: 480,
    ...none,
    description: 'A multiple of 5. Exactly one of this and `pattern`; giving one takes the place of the other',
  })
  durationMinutes?: number | null;

  @Text({
    max: 96,
    pattern: /^[X/]*X[X/]*$/,
    ...none,
    example: '/XX/',
    description: '5-minute marks: `X` time with the provider, `/` chair time without',
  })
  pattern?: string | null;

  @SomeOf(PATIENT_TYPES, { minItems: 1, description: 'Who may book' })
  patientTypes!: PatientType[];

  @Int({ min: 0, max: 130, ...none, description: 'Whole years, on the day of the visit' })
  minAge?: number | null;

  @Int({ min: 0, max: 130, ...none, description: 'Whole years, this one included' })
  maxAge?: number | null;

  @IdList('provider', { maxItems: 100, minItems: 1 })
  providerIds!: string[];

  @IdList('operatory', { maxItems: 100, minItems: 1 })
  operatoryIds!: string[];

  @IdList('location', { maxItems: 100, optional: true, description: 'Empty: at every location' })
  locationIds?: string[];

  @TextList({
    max: 120,
    maxItems: 50,
    optional: true,
    description: 'Blockout types of the practice system that it may be booked into',
  })
  blockoutTypes?: string[];

  @TextList({ max: 20, maxItems: 50, optional: true, example: ['D0120'] })
  procedureCodes?: string[];

  @Bool({ optional: true, default: true, description: 'The patient may choose the provider' })
  showProviders?: boolean;

  @OneOf(CONFIRM_MODES, { ...none, description: 'Null: as the practice does' })
  confirmMode?: ConfirmMode | null;

  @Int({ min: 0, max: 525_600, ...none, description: 'Null: as the practice does' })
  minNoticeMinutes?: number | null;

  @Int({ min: 0, max: 730, ...none, description: 'Null: as the practice does' })
  maxDaysAhead?: number | null;

  @MultipleOf5()
  @Int({
    min: 5,
    max: 240,
    ...none,
    description: 'Minutes between two starts, a multiple of 5. Null: as the practice does',
  })
  stepMinutes?: number | null;

  @WallTime({
    ...none,
    example: '15:00',
    description: 'From then on nothing is offered for the same day; `24:00`: no such time. Null: as the practice does',
  })
  sameDayCutoff?: string | null;

  @Int({
    min: 0,
    max: 120,
    ...none,
    description: 'Starts that leave the provider less free time than this are avoided. Null: as the practice does',
  })
  minGapMinutes?: number | null;

  @OneOf(ASSIGNMENTS, { ...none, description: 'How "any provider" becomes one. Null: as the practice does' })
  assignment?: Assignment | null;

  @Nested(() => BuffersDto, { ...none, description: 'Time kept free around the visit; patients do not see it' })
  buffers?: BuffersDto | null;

  @Nested(() => AssistDto, { ...none, description: 'A second provider who comes in for some minutes of the visit' })
  assist?: AssistDto | null;

  @Int({ min: 1, max: 500, ...none, description: 'Visits of this reason in a day at one location. Null: no limit' })
  maxPerDay?: number | null;

  @Int({ min: 1, max: 2_000, ...none, description: 'Likewise in a week from Monday to Sunday' })
  maxPerWeek?: number | null;
}

export class ReasonView extends IntersectionType(AnswerOf(CreateReason), Stamps) {
  @Id('reason')
  id!: string;

  @NestedList(() => ForeignView, {
    maxItems: 100,
    description: 'Appointment types of practice systems that it stands for; its visits are booked there as such',
  })
  pmsTypes!: ForeignView[];

  @Text({ max: 2_000, format: 'uri', description: 'Where patients book it' })
  bookingLink!: string;
}

import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsInt, Max, Min } from 'class-validator';
import { Bool, Color, Email, Int, NestedList, OneOf, Text, TextList, WallTime, WebAddress } from '../../http/index.js';

export class SchedulingFields {
  @OneOf(['instant', 'request'], { description: 'Book at once, or ask the practice first' })
  confirmMode!: 'instant' | 'request';

  @Int({ min: 5, max: 30 })
  holdMinutes!: number;

  @Int({ min: 0, max: 43_200 })
  minNoticeMinutes!: number;

  @Int({ min: 1, max: 365 })
  maxDaysAhead!: number;

  @Int({ min: 5, max: 60 })
  stepMinutes!: number;

  @WallTime({
    example: '15:00',
    description: 'From then on nothing is offered for the same day; `24:00`: no such time',
  })
  sameDayCutoff!: string;

  @Int({ min: 0, max: 120, description: 'Starts that leave the provider less free time than this are avoided' })
  minGapMinutes!: number;

  @OneOf(['priority', 'least_busy', 'round_robin'], {
    description: 'How "any provider" becomes one: in their order, the one with least to do that day, or in turn',
  })
  assignment!: 'priority' | 'least_busy' | 'round_robin';

  @Int({ min: 0, max: 720 })
  cancelWindowHours!: number;

  @Int({ min: 0, max: 720 })
  rescheduleWindowHours!: number;

  @Int({ min: 1, max: 720 })
  requestExpiryHours!: number;

  @Int({ min: 1, max: 100, description: 'Visits to come that one patient may have when booking online' })
  maxUpcomingVisits!: number;

  @OneOf(['request', 'closed'], { description: 'What the widget does while the practice system is down' })
  whenPmsDown!: 'request' | 'closed';

  @Bool({ description: 'Time that gets free is offered to waiting patients by itself; else staff offer it' })
  waitlistAutoOffer!: boolean;

  @Int({
    min: 10,
    max: 1_440,
    description: 'How long a waiting patient may think about an offered time; less when the visit is near',
  })
  waitlistOfferMinutes!: number;
}

export class BrandFields {
  @Text({ max: 120, nullable: true })
  name!: string | null;

  @WebAddress({ nullable: true })
  logoUrl!: string | null;

  @Color()
  primaryColor!: string;

  @Color()
  buttonColor!: string;

  @Color()
  textColor!: string;

  @Color()
  backgroundColor!: string;

  @OneOf(['light', 'dark', 'auto'], { description: 'auto follows the device of the visitor' })
  theme!: 'light' | 'dark' | 'auto';

  @Text({ max: 40, nullable: true })
  phone!: string | null;

  @Email({ nullable: true })
  email!: string | null;

  @Text({ max: 300, nullable: true })
  displayAddress!: string | null;

  @Text({ max: 2_000, multiline: true, nullable: true })
  details!: string | null;
}

class FormLinkFields {
  @Text({ max: 80, example: 'Patient intake form' })
  label!: string;

  @WebAddress()
  url!: string;
}

export class WidgetFields {
  @Text({ max: 120, nullable: true })
  title!: string | null;

  @Text({ max: 1_000, multiline: true, nullable: true })
  welcomeText!: string | null;

  @Text({ max: 1_000, multiline: true, nullable: true, description: 'Shown when the booking is done' })
  successText!: string | null;

  @WebAddress({ nullable: true, description: 'Where the patient goes after booking' })
  redirectUrl!: string | null;

  @Text({ max: 40, nullable: true, description: 'Of the button that opens the widget' })
  buttonText!: string | null;

  @NestedList(() => FormLinkFields, { maxItems: 10, description: "The practice's own forms, shown after booking" })
  formLinks!: FormLinkFields[];

  @WebAddress({ nullable: true })
  privacyUrl!: string | null;

  @WebAddress({ nullable: true })
  termsUrl!: string | null;

  @Bool()
  askReferrer!: boolean;

  @Bool()
  showInsurance!: boolean;
}

/** Hours before the visit, latest reminder last. */
const Hours = () =>
  applyDecorators(
    ApiProperty({
      type: 'array',
      items: { type: 'integer', minimum: 1, maximum: 336 },
      maxItems: 5,
      example: [72, 24],
    }),
    IsArray(),
    ArrayMaxSize(5),
    IsInt({ each: true }),
    Min(1, { each: true }),
    Max(336, { each: true }),
  );

export class MessagesFields {
  @Text({ max: 80, nullable: true })
  senderName!: string | null;

  @Email({ nullable: true })
  replyTo!: string | null;

  @TextList({ max: 254, maxItems: 10, pattern: /^[^\s@]+@[^\s@]+\.[^\s@]+$/ })
  practiceNotificationEmails!: string[];

  @Hours()
  reminderHours!: number[];

  @WallTime({
    example: '21:00',
    description:
      'Nobody is written to from then until quietUntil, by the clock of the location. The same twice: no quiet hours',
  })
  quietFrom!: string;

  @WallTime({ example: '08:00' })
  quietUntil!: string;
}

import { PickType } from '@nestjs/swagger';
import { Bool, Id, Instant, Nested, NestedList, OneOf, Text, WebAddress } from '../../http/index.js';
import { BrandFields, WidgetFields } from '../../tenants/index.js';

class Utm {
  @Text({ max: 200, optional: true })
  source?: string;

  @Text({ max: 200, optional: true })
  medium?: string;

  @Text({ max: 200, optional: true })
  campaign?: string;

  @Text({ max: 200, optional: true })
  term?: string;

  @Text({ max: 200, optional: true })
  content?: string;

  @Text({ max: 200, optional: true, description: 'Click id of an advertisement' })
  gclid?: string;
}

export class OpenWidgetSession {
  @Text({ max: 80, pattern: /^oc_pub_[\w-]{10,60}$/, description: 'Publishable key' })
  key!: string;

  @WebAddress({ optional: true, description: 'The page that shows the widget; its query is not kept' })
  page?: string;

  @Nested(() => Utm, { optional: true })
  utm?: Utm;

  @Text({ max: 2_000, optional: true, description: 'document.referrer; its query is not kept' })
  referrer?: string;
}

class PracticeCard {
  @Id('practice')
  id!: string;

  @Text({ max: 120 })
  name!: string;
}

class BrandCard extends PickType(BrandFields, [
  'name',
  'logoUrl',
  'primaryColor',
  'buttonColor',
  'textColor',
  'backgroundColor',
  'theme',
  'phone',
  'displayAddress',
]) {}

class WidgetReferrer {
  @Id('referrer')
  id!: string;

  @Text({ max: 120 })
  label!: string;
}

class WidgetSettingsCard extends PickType(WidgetFields, [
  'title',
  'welcomeText',
  'successText',
  'redirectUrl',
  'buttonText',
  'formLinks',
  'privacyUrl',
  'termsUrl',
  'showInsurance',
]) {
  @Bool()
  acceptOtherInsurance!: boolean;

  @NestedList(() => WidgetReferrer, { maxItems: 1_000, description: 'Answers to "How did you hear about us?"' })
  referrers!: WidgetReferrer[];

  @OneOf(['instant', 'request'])
  confirmMode!: string;
}

export class WidgetSessionView {
  @Text({ max: 2_000, description: 'Send it as a bearer token with every widget request' })
  token!: string;

  @Instant()
  expiresAt!: string;

  @Nested(() => PracticeCard)
  practice!: PracticeCard;

  @Nested(() => BrandCard)
  brand!: BrandCard;

  @Nested(() => WidgetSettingsCard)
  settings!: WidgetSettingsCard;
}

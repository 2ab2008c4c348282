import { Instant, Nested, OneOf, Text } from '../../http/index.js';
import { OFFER_STATES, TimeView } from '../../scheduling/index.js';

/** As little of an offer as its patient needs. No name: a link may be in the wrong hands. */
export class OfferView {
  @OneOf(OFFER_STATES, { description: '`open`: it can be answered' })
  state!: string;

  @Nested(() => TimeView)
  time!: TimeView;

  @Text({ max: 120, example: 'Cleaning' })
  reason!: string;

  @Text({ max: 120, example: 'Dr. Ada Park' })
  provider!: string;

  @Text({ max: 120, example: 'Lakeview' })
  location!: string;

  @Text({ max: 600, example: '1 Elm Street, Chicago' })
  address!: string;

  @Text({ max: 40, nullable: true, example: '+13125550142', description: 'Whom to call when in doubt' })
  phone!: string | null;

  @Nested(() => TimeView, { nullable: true, description: 'The later visit that moves here; null: a new visit' })
  instead!: TimeView | null;

  @Nested(() => TimeView, { description: 'The time is held until then' })
  answerBy!: TimeView;

  @Instant({ nullable: true })
  answeredAt!: string | null;
}

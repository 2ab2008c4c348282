import { OmitType, PartialType } from '@nestjs/swagger';
import { Bool, Id, IdList, Instant, Int, OneOf, Text, TextList } from '../../http/index.js';
import { CreateConnection, KINDS, OpenObject } from '../connections/connections.dto.js';

const PRACTICES = 1_000;

export class CreateAgencyConnection extends OmitType(CreateConnection, ['locationIds'] as const) {
  @IdList('practice', {
    maxItems: PRACTICES,
    minItems: 1,
    optional: true,
    nullable: true,
    description: 'The practices that inherit it; left out or null: all, also those that are still to come',
  })
  practiceIds?: string[] | null;

  @TextList({
    max: 60,
    maxItems: 20,
    optional: true,
    description:
      'Properties of the config that each practice needs a value of its own for, e.g. a subdomain; never an address',
    example: [],
  })
  perPractice?: string[];
}

/** `config` is replaced whole, except for secrets that are left out. */
export class PatchAgencyConnection extends PartialType(OmitType(CreateAgencyConnection, ['pluginId'] as const), {
  skipNullProperties: false,
}) {}

export class SetPracticePart {
  @OpenObject({
    description:
      'The properties that are given for each practice; replaced whole, except for secrets that are left out',
    example: {},
  })
  config!: Record<string, unknown>;
}

export class AgencyConnectionParams {
  @Id('agencyConnection')
  agencyConnectionId!: string;
}

export class PracticePartParams extends AgencyConnectionParams {
  @Id('practice')
  practiceId!: string;
}

export class AgencyConnectionView {
  @Id('agencyConnection')
  id!: string;

  @Text({ max: 40 })
  pluginId!: string;

  @OneOf(KINDS)
  kind!: string;

  @OneOf(['email', 'sms'], { nullable: true, description: 'Only of notifications' })
  channel!: string | null;

  @Text({ max: 120 })
  name!: string;

  @IdList('practice', { maxItems: PRACTICES, nullable: true, description: 'null: all practices' })
  practiceIds!: string[] | null;

  @TextList({ max: 60, maxItems: 20, description: 'Properties of the config that are given for each practice' })
  perPractice!: string[];

  @OpenObject({
    description: 'What the practices share. Secrets are never shown: {"set": true} tells that there is one',
  })
  config!: Record<string, unknown>;

  @Bool()
  active!: boolean;

  @Int({ min: 0, max: 1000 })
  priority!: number;

  @Int({ min: 1, max: 1_000_000_000 })
  version!: number;

  @Instant()
  createdAt!: string;

  @Instant()
  updatedAt!: string;
}

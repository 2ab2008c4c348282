import { applyDecorators } from '@nestjs/common';
import { ApiProperty, OmitType, PartialType } from '@nestjs/swagger';
import { IsObject, ValidateIf } from 'class-validator';
import {
  Bool,
  Id,
  IdList,
  Instant,
  Int,
  Nested,
  OneOf,
  PageQuery,
  QueryBool,
  Text,
  TextList,
  type FieldOptions,
} from '../../http/index.js';

export const KINDS = ['pms', 'notification', 'payment'] as const;
const STATUSES = ['unknown', 'up', 'down', 'unauthorized'] as const;
const FAILURES = ['retryable', 'rate_limited', 'rejected', 'conflict', 'unauthorized', 'not_found'] as const;

/** An object whose members the plugin's own schema checks. */
export function OpenObject(options: FieldOptions) {
  const { description = '', example, optional = false } = options;
  return applyDecorators(
    ApiProperty({ type: 'object', additionalProperties: true, description, example, required: !optional } as never),
    ValidateIf((_, value) => !optional || value !== undefined),
    IsObject(),
  );
}

export class CreateConnection {
  @Text({ max: 40, pattern: /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, description: 'Id of a plugin in GET /v1/plugins' })
  pluginId!: string;

  @Text({ max: 120, example: 'Main Street front desk' })
  name!: string;

  @IdList('location', {
    maxItems: 100,
    minItems: 1,
    optional: true,
    nullable: true,
    description: 'The locations it serves; left out or null: all of them',
  })
  locationIds?: string[] | null;

  @OpenObject({
    description: 'What the configSchema of the plugin asks for, secrets included',
    example: { host: 'smtp.example.com', port: 587, fromAddress: 'desk@example.com' },
  })
  config!: Record<string, unknown>;

  @Bool({ optional: true, default: true, description: 'False: kept, but not used' })
  active?: boolean;

  @Int({ min: 0, max: 1000, optional: true, default: 100, description: 'The lowest number of a kind is used first' })
  priority?: number;
}

/** `config` is replaced whole, except for secrets that are left out. */
export class PatchConnection extends PartialType(OmitType(CreateConnection, ['pluginId'] as const), {
  skipNullProperties: false,
}) {}

export class ConnectionParams {
  @Id('connection')
  connectionId!: string;
}

export class ConnectionsQuery extends PageQuery {
  @OneOf(KINDS, { optional: true })
  kind?: (typeof KINDS)[number];

  @QueryBool()
  @Bool({ optional: true })
  active?: boolean;
}

export class ConnectionStateView {
  @OneOf(STATUSES)
  status!: string;

  @Text({ max: 60, nullable: true, description: 'Code of the failure' })
  reason!: string | null;

  @Instant({ description: 'When the status became what it is' })
  since!: string;

  @Instant({ nullable: true, description: 'The last test, or the call that changed the status' })
  lastCheckedAt!: string | null;
}

export class ConnectionView {
  @Id('connection')
  id!: string;

  @Text({ max: 40 })
  pluginId!: string;

  @OneOf(KINDS)
  kind!: string;

  @OneOf(['email', 'sms'], { nullable: true, description: 'Only of notifications' })
  channel!: string | null;

  @Text({ max: 120 })
  name!: string;

  @IdList('location', { maxItems: 100, nullable: true })
  locationIds!: string[] | null;

  @OpenObject({ description: 'Secrets are never shown: {"set": true} tells that there is one' })
  config!: Record<string, unknown>;

  @Bool()
  active!: boolean;

  @Int({ min: 0, max: 1000 })
  priority!: number;

  @OneOf(['practice', 'agency'], {
    description: '`agency`: inherited; the practice may switch it off, or have one of its own with a lower priority',
  })
  origin!: string;

  @TextList({
    max: 60,
    maxItems: 50,
    description: 'Properties of the config that are still to be given by the agency before it can be used',
  })
  missing!: string[];

  @Nested(() => ConnectionStateView)
  state!: ConnectionStateView;

  @Int({ min: 1, max: 1_000_000_000 })
  version!: number;

  @Instant()
  createdAt!: string;

  @Instant()
  updatedAt!: string;
}

export class TestFailureView {
  @OneOf(FAILURES)
  kind!: string;

  @Text({ max: 60, description: 'Short code, e.g. unauthorized, deadline_exceeded, address_refused' })
  reason!: string;
}

export class ConnectionTestView {
  @Bool()
  ok!: boolean;

  @Nested(() => TestFailureView, { nullable: true })
  failure!: TestFailureView | null;

  @Text({ max: 200, nullable: true, description: 'What the other side says it is' })
  description!: string | null;

  @Nested(() => ConnectionView)
  connection!: ConnectionView;
}

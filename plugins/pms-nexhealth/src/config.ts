import type { ConfigSchema } from '@openchair/plugin-kit';

/** Configuration of a connection to one location of a practice at NexHealth. */
export interface NexHealthConfig {
  readonly apiKey: string;
  /** Names the institution. */
  readonly subdomain: string;
  readonly locationId: number;
  /** `manual`: entered at NexHealth; `synced`: read from the practice system. Never both: they overlap. */
  readonly workingHours: 'manual' | 'synced';
  /** Whose new patients those are that we make; left out: the first provider of the location. */
  readonly intakeProviderId?: number;
  /** Secret key of the webhook endpoint; without it webhooks are refused. */
  readonly webhookSecret?: string;
  readonly baseUrl: string;
}

export const nexHealthConfigSchema: ConfigSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  title: 'NexHealth',
  additionalProperties: false,
  required: ['apiKey', 'subdomain', 'locationId'],
  properties: {
    apiKey: {
      type: 'string',
      title: 'API key',
      description: 'From the NexHealth developer portal; the production key once the practice is live.',
      minLength: 8,
      maxLength: 400,
      pattern: '^\\S+$',
    },
    subdomain: {
      type: 'string',
      title: 'Subdomain',
      description: 'Names the practice at NexHealth, as the developer portal shows it.',
      pattern: '^[A-Za-z0-9][A-Za-z0-9-]*$',
      maxLength: 100,
    },
    locationId: {
      type: 'integer',
      title: 'Location',
      description: "NexHealth's number of the office that this location is.",
      minimum: 1,
    },
    workingHours: {
      type: 'string',
      title: 'Working hours',
      description: 'synced: as the practice system has them; manual: as they were entered at NexHealth. Never both.',
      enum: ['manual', 'synced'],
      default: 'manual',
    },
    intakeProviderId: {
      type: 'integer',
      title: 'Intake provider',
      description: 'Number of the provider to whom new patients are entered; without it, the first of the location.',
      minimum: 1,
    },
    webhookSecret: {
      type: 'string',
      title: 'Webhook secret',
      description: 'The secret_key of the webhook endpoint that was registered for this connection.',
      minLength: 8,
      maxLength: 200,
    },
    baseUrl: {
      type: 'string',
      title: 'Address of the API',
      description: 'Leave it as it is: one address serves test and production, the key decides.',
      format: 'uri',
      maxLength: 300,
      default: 'https://nexhealth.info',
    },
  },
};

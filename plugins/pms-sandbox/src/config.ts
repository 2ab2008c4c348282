import type { ConfigSchema, PmsRead } from '@openchair/plugin-kit';
import type { SandboxList } from './seed/lists.js';
import type { HoursPattern } from './seed/hours.js';

/** What the sandbox does wrong, on demand. */
export interface SandboxFaults {
  /** Added to every answer. */
  readonly latencyMs?: number;
  /** Every call fails with this time to wait; 0 or left out: no limit. */
  readonly rateLimitedMs?: number;
  /** Nothing answers. */
  readonly down?: boolean;
  /** Writes are done, then the connection breaks. */
  readonly loseAcknowledgement?: boolean;
  /** So many writes of a hundred, by chance, are done, but their answers are lost. */
  readonly losePercent?: number;
  /** Reads show the book as it was so many milliseconds ago. */
  readonly staleMs?: number;
  /** References are not looked at: a repeated booking is another visit, as in systems that know no idempotency. */
  readonly doubles?: boolean;
  /** Reads find nothing at all, and say so as if that were right. */
  readonly empty?: boolean;
  /** These lists beside the book cannot be read; everything else can. */
  readonly brokenLists?: readonly SandboxList[];
  /** The first record of every answer to such a pull cannot be read. */
  readonly unreadable?: PmsRead;
  /** The next create or move is refused as taken, then the switch turns itself off. */
  readonly conflictOnce?: boolean;
  /** The credentials are refused. */
  readonly unauthorized?: boolean;
}

/** Configuration of a sandbox connection. */
export interface SandboxConfig {
  /** The same seed makes the same practice. */
  readonly seed: string;
  readonly hours: HoursPattern;
  /** Stands for a vendor's credential: `invalid` is refused, anything else works. */
  readonly accessKey?: string;
  /** Key of the signatures of webhooks; none: they are refused. */
  readonly signingSecret?: string;
  readonly faults: SandboxFaults;
}

export const sandboxConfigSchema: ConfigSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  title: 'Sandbox practice system',
  additionalProperties: false,
  properties: {
    seed: {
      type: 'string',
      title: 'Seed',
      description: 'The same seed makes the same people, schedules and visits.',
      minLength: 1,
      maxLength: 60,
      default: 'demo',
    },
    hours: {
      type: 'string',
      title: 'Practice hours',
      description: 'standard: Monday to Friday 8 to 5 with a late Wednesday; early: 7 to 4 with a short Friday.',
      enum: ['standard', 'early'],
      default: 'standard',
    },
    accessKey: {
      type: 'string',
      title: 'Access key',
      description: 'Any text works; "invalid" is refused, to try what bad credentials do.',
      maxLength: 200,
    },
    signingSecret: {
      type: 'string',
      title: 'Signing secret',
      description: 'Webhooks are signed with it (HMAC-SHA-256 over the body); without it they are refused.',
      minLength: 8,
      maxLength: 200,
    },
    faults: {
      type: 'object',
      title: 'Faults',
      description: 'What the sandbox does wrong on purpose.',
      default: {},
      additionalProperties: false,
      properties: {
        latencyMs: {
          type: 'integer',
          title: 'Latency',
          description: 'Milliseconds added to every answer.',
          minimum: 0,
          maximum: 120_000,
        },
        rateLimitedMs: {
          type: 'integer',
          title: 'Rate limit',
          description: 'Every call is turned away with this many milliseconds to wait.',
          minimum: 0,
          maximum: 3_600_000,
        },
        down: { type: 'boolean', title: 'Down', description: 'The system does not answer.' },
        loseAcknowledgement: {
          type: 'boolean',
          title: 'Lose acknowledgements',
          description: 'Writes are done, but their answers never arrive.',
        },
        losePercent: {
          type: 'integer',
          title: 'Lose some acknowledgements',
          description: 'So many writes of a hundred are done, but their answers never arrive.',
          minimum: 0,
          maximum: 100,
        },
        staleMs: {
          type: 'integer',
          title: 'Stale reads',
          description: 'Reads show the book as it was so many milliseconds ago.',
          minimum: 0,
          maximum: 86_400_000,
        },
        empty: { type: 'boolean', title: 'Empty', description: 'Every list that is read is empty.' },
        brokenLists: {
          type: 'array',
          title: 'Broken lists',
          description: 'Lists beside the book that cannot be read, while everything else can.',
          items: { type: 'string', enum: ['carriers', 'appointment_types', 'procedure_codes', 'recalls'] },
        },
        doubles: {
          type: 'boolean',
          title: 'Doubles',
          description: 'A repeated booking is taken for another one.',
        },
        unreadable: {
          type: 'string',
          title: 'Unreadable record',
          description: 'The first record of every answer to such a pull cannot be read.',
          enum: ['providers', 'operatories', 'schedules', 'appointments', 'patients'],
        },
        conflictOnce: {
          type: 'boolean',
          title: 'Conflict once',
          description: 'The next booking is refused as taken.',
        },
        unauthorized: { type: 'boolean', title: 'Unauthorized', description: 'The credentials are refused.' },
      },
    },
  },
};

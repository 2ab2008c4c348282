import type { Call } from '@openchair/plugin-kit';
import type { FhirConfig } from '../config.js';
import type { FhirClient } from './client.js';
import type { CapabilityStatement } from './resources.js';

/** An operation on Appointment by the name that Medplum's scheduling and the IHE and Argonaut guides share. */
export type Operation = 'find' | 'hold' | 'confirm' | 'book' | 'reschedule' | 'cancel';

/** What a server says that it can. */
export interface ServerProfile {
  readonly description: string;
  /** Operations that bookings go through; empty for a plain server. */
  readonly operations: ReadonlySet<Operation>;
  /** Slots are marked by whoever books, in one transaction with the appointment. Otherwise the server does it. */
  readonly writesSlots: boolean;
}

const OPERATIONS: readonly Operation[] = ['find', 'hold', 'confirm', 'book', 'reschedule', 'cancel'];
const USUAL: readonly Operation[] = ['find', 'book', 'reschedule', 'cancel'];
const KEPT_MS = 3_600_000;

/** The server's capability statement, read again every hour. */
export class Server {
  private known: { profile: ServerProfile; until: number } | undefined;

  constructor(
    private readonly client: FhirClient,
    private readonly config: FhirConfig,
    private readonly clock: { now(): number },
  ) {}

  async profile(call: Call): Promise<ServerProfile> {
    if (this.known === undefined || this.clock.now() >= this.known.until) return this.ask(call);
    return this.known.profile;
  }

  /** Asks in any case. */
  async ask(call: Call): Promise<ServerProfile> {
    const profile = profileOf((await this.client.metadata(call)) as CapabilityStatement, this.config);
    this.known = { profile, until: this.clock.now() + KEPT_MS };
    return profile;
  }
}

function profileOf({ software, fhirVersion, rest }: CapabilityStatement, { scheduling }: FhirConfig): ServerProfile {
  const [server] = rest ?? [];
  const resources = server?.resource ?? [];
  const named = resources
    .filter(({ type }) => type === 'Appointment')
    .flatMap(({ operation }) => (operation ?? []).map(({ name }) => name?.replace(/^\$/, '')));
  const listed = OPERATIONS.filter((name) => named.includes(name));
  // Not every server that has operations lists them: then whoever configured it knows.
  const offered = listed.length === 0 && scheduling === 'operations' ? USUAL : listed;
  const books = offered.includes('book') || (offered.includes('hold') && offered.includes('confirm'));
  const slots = resources.find(({ type }) => type === 'Slot')?.interaction?.map(({ code }) => code) ?? [];
  const transactions = server?.interaction?.some(({ code }) => code === 'transaction') ?? false;
  const parts = [software?.name, software?.version, `FHIR ${fhirVersion ?? 'R4'}`];
  return {
    description: parts
      .filter((part) => part !== undefined && part !== '')
      .join(' ')
      .slice(0, 120),
    operations: new Set(scheduling === 'plain' || !books ? [] : offered),
    writesSlots: transactions && slots.includes('update') && slots.includes('create'),
  };
}

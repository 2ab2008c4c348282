import type { Draft, ForeignRef } from '../shared/item.js';
import { canonicalCarrier, namesOf } from './carrier-names.js';
import type { Carrier, CarrierStatus } from './carrier.schema.js';

/** A carrier as the practice system tells it. */
export interface ForeignCarrier extends ForeignRef {
  name: string;
  payerId: string | null;
}

/** What became of it: a new carrier here, one that took it on, nothing new, or nothing at all for want of a letter in its name. */
export const IMPORT_OUTCOMES = ['created', 'linked', 'unchanged', 'skipped'] as const;

export interface ImportedCarrier {
  foreignId: string;
  outcome: (typeof IMPORT_OUTCOMES)[number];
  /** Null when it was skipped. */
  carrierId: string | null;
}

const MOST_ALIASES = 30;
const NAME_LENGTH = 120;
const PAYER_LENGTH = 40;

type Known = Pick<Carrier, 'name' | 'aliases' | 'payerId' | 'foreign'>;

/**
 * Finds ours by the link, then by the names that it goes by, then by the payer id: one company is one carrier here, under
 * whatever names the practice system keeps it.
 */
export class CarrierMatch<T extends Known> {
  private readonly byForeign = new Map<string, T>();
  private readonly byName = new Map<string, T>();
  private readonly byPayer = new Map<string, T>();

  constructor(carriers: readonly T[]) {
    for (const carrier of carriers) this.add(carrier);
  }

  /** Also one that is known in an older form. Of several that go by a name or number, the first keeps it. */
  add(carrier: T, before?: T): void {
    const keep = (map: Map<string, T>, key: string) => {
      if (!map.has(key) || map.get(key) === before) map.set(key, carrier);
    };
    for (const ref of carrier.foreign ?? []) keep(this.byForeign, keyOf(ref));
    for (const name of namesOf(carrier)) keep(this.byName, name);
    if (carrier.payerId !== null) keep(this.byPayer, carrier.payerId);
  }

  find(found: ForeignCarrier): T | undefined {
    return (
      this.byForeign.get(keyOf(found)) ??
      this.byName.get(canonicalCarrier(found.name)) ??
      (found.payerId === null ? undefined : this.byPayer.get(found.payerId))
    );
  }
}

/** What ours lacks of it: the link, the number, and its name as another one that patients type. Empty when they are linked. */
export function lacking(carrier: Known, { name, payerId, connectionId, foreignId }: ForeignCarrier) {
  const foreign = carrier.foreign ?? [];
  if (foreign.some((ref) => keyOf(ref) === keyOf({ connectionId, foreignId }))) return {};
  const isNamed = namesOf(carrier).includes(canonicalCarrier(name));
  return {
    foreign: [...foreign, { connectionId, foreignId }],
    ...(carrier.payerId === null && payerId !== null ? { payerId } : {}),
    ...(isNamed || carrier.aliases.length >= MOST_ALIASES ? {} : { aliases: [...carrier.aliases, name] }),
  };
}

export function draftOf(found: ForeignCarrier, status: CarrierStatus): Draft<Carrier> {
  const { name, payerId, connectionId, foreignId } = found;
  return { active: true, order: 0, name, payerId, status, aliases: [], foreign: [{ connectionId, foreignId }] };
}

/** As long as a carrier's fields may be here. */
export function fitting({ name, payerId, ...ref }: ForeignCarrier): ForeignCarrier {
  return { ...ref, name: name.slice(0, NAME_LENGTH).trim(), payerId: payerId?.slice(0, PAYER_LENGTH) ?? null };
}

function keyOf({ connectionId, foreignId }: ForeignRef): string {
  return `${connectionId}/${foreignId}`;
}

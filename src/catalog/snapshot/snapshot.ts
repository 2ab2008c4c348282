import type { Carrier } from '../carriers/carrier.schema.js';
import type { InsuranceSettings } from '../carriers/insurance-settings.schema.js';
import type { Operatory } from '../operatories/operatory.schema.js';
import type { Provider } from '../providers/provider.schema.js';
import type { Reason } from '../reasons/reason.schema.js';
import type { Referrer } from '../referrers/referrer.schema.js';
import type { CatalogItem } from '../shared/item.js';

/** A document that cannot be changed. The type says it of the members, the object keeps it all the way down. */
export type Frozen<T> = Readonly<T>;

/**
 * The catalogue of one practice at one version, hidden items included, each list in its order. Shared by all who read it:
 * everything in it is frozen.
 */
export interface CatalogSnapshot {
  readonly version: number;
  readonly providers: readonly Frozen<Provider>[];
  readonly operatories: readonly Frozen<Operatory>[];
  readonly reasons: readonly Frozen<Reason>[];
  readonly carriers: readonly Frozen<Carrier>[];
  readonly referrers: readonly Frozen<Referrer>[];
  /** The defaults when the practice has not set any. */
  readonly insuranceSettings: Frozen<InsuranceSettings>;
  readonly providerById: ReadonlyMap<string, Frozen<Provider>>;
  readonly operatoryById: ReadonlyMap<string, Frozen<Operatory>>;
  readonly reasonById: ReadonlyMap<string, Frozen<Reason>>;
  readonly carrierById: ReadonlyMap<string, Frozen<Carrier>>;
  readonly referrerById: ReadonlyMap<string, Frozen<Referrer>>;
}

export interface CatalogLists {
  providers: Provider[];
  operatories: Operatory[];
  reasons: Reason[];
  carriers: Carrier[];
  referrers: Referrer[];
  insuranceSettings: InsuranceSettings;
}

export function snapshotOf(version: number, lists: CatalogLists): CatalogSnapshot {
  const frozen = frozenDeep(lists);
  return Object.freeze({
    version,
    ...frozen,
    providerById: byId(frozen.providers),
    operatoryById: byId(frozen.operatories),
    reasonById: byId(frozen.reasons),
    carrierById: byId(frozen.carriers),
    referrerById: byId(frozen.referrers),
  });
}

function byId<T extends Pick<CatalogItem, '_id'>>(items: readonly T[]): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [item._id, item]));
}

function frozenDeep<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) frozenDeep(member);
    Object.freeze(value);
  }
  return value;
}

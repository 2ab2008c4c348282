import type { EventType } from '../../events/index.js';

/** The five resources: how one and many are called to people, and the event of their changes. */
export const CATALOG_KINDS = {
  provider: { word: 'provider', plural: 'providers', event: 'provider.changed' },
  operatory: { word: 'operatory', plural: 'operatories', event: 'operatory.changed' },
  reason: { word: 'reason for visit', plural: 'reasons for visit', event: 'reason.changed' },
  carrier: { word: 'carrier', plural: 'carriers', event: 'carrier.changed' },
  referrer: { word: 'referrer', plural: 'referrers', event: 'referrer.changed' },
} as const satisfies Record<string, { word: string; plural: string; event: EventType }>;

export type CatalogKind = keyof typeof CATALOG_KINDS;

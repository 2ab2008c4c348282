import { Injectable } from '@nestjs/common';
import {
  anyShape,
  defineCollection,
  Persistence,
  TenantRepository,
  type TenantDocument,
} from '../../persistence/index.js';

/** Wall times of a weekday (0 is Sunday). */
export interface OpeningSpan {
  weekday: number;
  start: string;
  end: string;
}

/** One date that differs from the week: a holiday, a short day. */
export interface OpeningException {
  date: string;
  /** In place of the weekday's hours; empty: closed. */
  hours: { start: string; end: string }[];
}

/** A place with an address, a time zone and opening hours. */
export interface Location extends TenantDocument {
  name: string;
  addressLine1: string;
  addressLine2: string | null;
  city: string;
  region: string | null;
  postalCode: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
  phone: string | null;
  email: string | null;
  /** IANA name. */
  zone: string;
  hours: OpeningSpan[];
  /** Each date once; also narrows what the practice system says. */
  exceptions: OpeningException[];
  /** Visits at this location; null: no limit. A week begins on Monday. */
  maxVisitsPerDay: number | null;
  maxVisitsPerWeek: number | null;
  active: boolean;
  order: number;
}

const locationCollection = defineCollection<Location>({
  name: 'locations',
  owner: 'tenantId',
  fields: {
    name: { type: String, required: true },
    addressLine1: { type: String, required: true },
    addressLine2: String,
    city: { type: String, required: true },
    region: String,
    postalCode: { type: String, required: true },
    country: { type: String, required: true },
    phone: String,
    email: String,
    zone: { type: String, required: true },
    hours: anyShape,
    exceptions: anyShape,
    maxVisitsPerDay: Number,
    maxVisitsPerWeek: Number,
    active: { type: Boolean, required: true },
    order: { type: Number, required: true },
  },
  indexes: [{ key: { tenantId: 1, order: 1 } }],
});

@Injectable()
export class LocationRepository extends TenantRepository<Location> {
  constructor(persistence: Persistence) {
    super(persistence, locationCollection);
  }
}

/** The address on one line, as patients read it. */
export function addressLine(location: Location): string {
  const { addressLine1, addressLine2, city, region, postalCode } = location;
  const place = [region, postalCode].filter(Boolean).join(' ');
  return [addressLine1, addressLine2, city, place].filter(Boolean).join(', ');
}

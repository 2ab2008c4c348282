import { Injectable } from '@nestjs/common';
import type { CatalogSnapshot } from '../../catalog/index.js';
import { localDateOf, notFound, zoneId, type TenantScope } from '../../kernel/index.js';
import { Locations, type Location } from '../../tenants/index.js';
import { explain } from '../engine/index.js';
import { firstDay } from './calendar-days.js';
import { dayInput } from './day.js';
import type { FindingView } from './explain.dto.js';
import { say, Wording } from './explain-words.js';
import { Grounds } from './ground.js';
import { PageReader } from './page-reader.js';
import type { SlotQuery } from './query.js';

const MINUTE_MS = 60_000;

/** What is asked about. */
export interface AskedTime extends Pick<SlotQuery, 'patientType' | 'dateOfBirth' | 'anyProvider' | 'ignoreRef'> {
  reasonId: string;
  providerId: string;
  locationId: string;
  /** Epoch ms. */
  start: number;
}

/** Says which rules keep a time from being offered. */
@Injectable()
export class Explanations {
  constructor(
    private readonly grounds: Grounds,
    private readonly reader: PageReader,
    private readonly locations: Locations,
  ) {}

  /** No findings: the time is offered. Unknown ids are `not_found`. */
  async explain(scope: TenantScope, asked: AskedTime): Promise<{ zone: string; findings: FindingView[] }> {
    const { reasonId, providerId, locationId, start, ...rest } = asked;
    const location = await this.locations.get(scope, locationId);
    const { zone } = location;
    const { snapshot } = await this.grounds.reasonOf(scope, reasonId);
    if (!snapshot.providerById.has(providerId)) throw notFound('provider');
    const outside = catalogFindings(asked, location, snapshot);
    if (outside.length > 0) return { zone, findings: outside };
    const anyProvider = rest.anyProvider ?? false;
    const ground = await this.grounds.of(scope, {
      ...rest,
      anyProvider,
      reasonIds: [reasonId],
      locationIds: [locationId],
      ...(anyProvider ? {} : { providerIds: [providerId] }),
    });
    const [place] = ground.places;
    if (!place) throw notFound('location');
    const date = firstDay(localDateOf(zoneId(zone), start), ground.today);
    const input = dayInput(place, date, await this.reader.read(scope, ground.places, date, 1));
    const minute = Math.round((start - place.now) / MINUTE_MS + input.now);
    const told = input.providers.some(({ id }) => id === providerId);
    const wording = new Wording(place, date, snapshot, providerId, told);
    const findings = explain(input, providerId, minute).flatMap((finding) => wording.of(finding));
    return { zone, findings: withoutTwins(findings) };
  }
}

/** A block of the whole location stands in the way of each operatory: it is named once. */
function withoutTwins(findings: FindingView[]): FindingView[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}

/** What the catalogue itself says against it, before any time is looked at. */
function catalogFindings(
  { reasonId, providerId }: AskedTime,
  location: Location,
  { reasonById, providerById }: CatalogSnapshot,
): FindingView[] {
  const reason = reasonById.get(reasonId);
  const provider = providerById.get(providerId);
  if (!reason || !provider) return [];
  const findings: FindingView[] = [];
  if (!reason.active) findings.push(say('reason_inactive', `${reason.name} is not active.`, reasonId));
  if (!location.active || (reason.locationIds.length > 0 && !reason.locationIds.includes(location._id))) {
    findings.push(say('reason_not_here', `${reason.name} is not given at ${location.name}.`, location._id));
  }
  if (!provider.active) findings.push(say('provider_inactive', `${provider.displayName} is not active.`, providerId));
  if (!reason.providerIds.includes(providerId)) {
    const detail = `${provider.displayName} is not a provider of ${reason.name}.`;
    findings.push(say('provider_not_of_reason', detail, providerId));
  }
  if (!provider.locationIds.includes(location._id)) {
    findings.push(say('provider_not_here', `${provider.displayName} does not work at ${location.name}.`, providerId));
  }
  return findings;
}

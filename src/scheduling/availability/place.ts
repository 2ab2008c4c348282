import type { Assignment, CatalogSnapshot, Operatory, Provider, Reason } from '../../catalog/index.js';
import { addDays, dayStart, localDateOf, zoneId, type LocalDate, type ZoneId } from '../../kernel/index.js';
import type { Location, PracticeSettings } from '../../tenants/index.js';
import type { ReasonRule } from '../engine/index.js';
import { ruleOf } from './rule.js';
import type { SlotQuery, Wish } from './query.js';

const MINUTE_MS = 60_000;

/** What a search must know of one reason at one location, whatever the day. Instants are epoch ms. */
export interface Place {
  readonly reason: Reason;
  readonly location: Location;
  readonly zone: ZoneId;
  /** Zones of all the practice's locations, by their ids. */
  readonly zones: ReadonlyMap<string, ZoneId>;
  /** In the order in which they get visits. */
  readonly providers: readonly Provider[];
  readonly assistants: readonly Provider[];
  readonly operatories: readonly Operatory[];
  readonly rule: ReasonRule;
  readonly now: number;
  readonly notBefore: number;
  readonly notAfter: number;
  /** Wall time from which the present day is closed; null: never. */
  readonly cutoff: string | null;
  /** "Any provider": how one is chosen; null: every provider's slots are asked for. */
  readonly assignment: Assignment | null;
  readonly patient: { readonly type?: string; readonly dateOfBirth?: LocalDate };
  readonly wish: Wish | undefined;
  /** Limits on visits do not bind staff. */
  readonly limited: boolean;
  /** Entries of this ref do not count: the appointment that is being moved. */
  readonly ignoreRef: string | undefined;
}

export function placeOf(
  reason: Reason,
  location: Location,
  zones: ReadonlyMap<string, ZoneId>,
  snapshot: CatalogSnapshot,
  { scheduling }: PracticeSettings,
  query: SlotQuery,
  now: number,
): Place {
  const zone = zoneId(location.zone);
  const byStaff = query.byStaff ?? false;
  const cutoff = reason.sameDayCutoff ?? scheduling.sameDayCutoff;
  const { providerIds } = query;
  const lastDay = addDays(localDateOf(zone, now), reason.maxDaysAhead ?? scheduling.maxDaysAhead);
  const works = (provider: Provider) => provider.active && provider.locationIds.includes(location._id);
  const assistIds = reason.assist?.providerIds ?? [];
  return {
    reason,
    location,
    zone,
    zones,
    providers: inOrder(reason.providerIds, snapshot).filter(
      (one) => works(one) && (!providerIds || providerIds.includes(one._id)),
    ),
    assistants: inOrder(assistIds, snapshot).filter(works),
    operatories: snapshot.operatories.filter((one) => one.active && one.locationId === location._id),
    rule: ruleOf(reason, scheduling, byStaff),
    now,
    notBefore: byStaff ? -Infinity : now + (reason.minNoticeMinutes ?? scheduling.minNoticeMinutes) * MINUTE_MS,
    notAfter: byStaff ? Infinity : dayStart(zone, addDays(lastDay, 1)) - MINUTE_MS,
    cutoff: byStaff || cutoff === '24:00' ? null : cutoff,
    assignment:
      (query.anyProvider ?? (!providerIds && !reason.showProviders))
        ? (reason.assignment ?? scheduling.assignment)
        : null,
    patient: {
      ...(query.patientType ? { type: query.patientType } : {}),
      ...(query.dateOfBirth ? { dateOfBirth: query.dateOfBirth } : {}),
    },
    wish: query.wish,
    limited: !byStaff,
    ignoreRef: query.ignoreRef,
  };
}

function inOrder(ids: readonly string[], { providerById }: CatalogSnapshot): Provider[] {
  return ids.flatMap((id) => providerById.get(id) ?? []);
}

/** Works in several locations, so the time taken elsewhere stands on pages of their own. */
export function roams(provider: Pick<Provider, 'locationIds'>): boolean {
  return provider.locationIds.length > 1;
}

import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Catalog, type CatalogSnapshot } from '../../catalog/index.js';
import { Outbox, type DomainEvent, type EventType } from '../../events/index.js';
import {
  addDays,
  CLOCK,
  dayStart,
  invalid,
  localDateOf,
  newId,
  Problem,
  zoneId,
  type Clock,
  type LocalDate,
  type TenantScope,
  type ZoneId,
} from '../../kernel/index.js';
import { UnitOfWork, type Filter, type Page, type Tx, type Update } from '../../persistence/index.js';
import { DueWork, STANDARD_LADDER, WorkHandlers } from '../../queues/index.js';
import { Locations } from '../../tenants/index.js';
import { places } from './ranking.js';
import { IN_LINE, WaitlistRepository, type EntrySource, type WaitlistEntry } from './waitlist.schema.js';
import type { Wishes } from './wishes.js';

const LAPSE = 'waitlist.lapse';
/** Of those in line for one reason: who stands behind them has no place worth telling. */
const LONGEST_LINE = 1_000;

/** What may be said of an entry; what is left out is open. */
export type Wanted = { [Wish in keyof Wishes]?: Wishes[Wish] | undefined } & Pick<Wishes, 'from' | 'to'> &
  Pick<WaitlistEntry, 'patientType'> & {
    patientId: string | null;
    reasonId: string | null;
    priority?: WaitlistEntry['priority'] | undefined;
    appointmentId?: string | null | undefined;
    visitStart?: number | null | undefined;
  };

export type EntryChange = { [Field in 'priority' | keyof Wishes]?: WaitlistEntry[Field] | undefined };

export interface EntryFilter {
  status?: WaitlistEntry['status'] | undefined;
  patientId?: string | undefined;
  reasonId?: string | undefined;
  providerId?: string | undefined;
  locationId?: string | undefined;
}

/** Who waits, and for what. */
@Injectable()
export class WaitlistEntries implements OnModuleInit {
  constructor(
    private readonly entries: WaitlistRepository,
    private readonly catalog: Catalog,
    private readonly locations: Locations,
    private readonly outbox: Outbox,
    private readonly work: DueWork,
    private readonly handlers: WorkHandlers,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.handlers.register({
      kind: LAPSE,
      transactional: true,
      ladder: STANDARD_LADDER,
      handle: ({ scope, row }, tx) => this.lapse(scope, tx, String(row.payload['entryId'])),
    });
  }

  get(scope: TenantScope, id: string, tx?: Tx): Promise<WaitlistEntry> {
    return this.entries.forTenant(scope, tx).getById(id, 'waitlist entry');
  }

  /** Those who have waited longest first. */
  page(
    scope: TenantScope,
    asked: EntryFilter,
    request: { limit: number; cursor?: string | undefined },
  ): Promise<Page<WaitlistEntry>> {
    const filter = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
    return this.entries
      .forTenant(scope)
      .page({ filter: filter as Filter<WaitlistEntry>, sort: 'waitingSince', ...request });
  }

  /** The places of those of `entries` who are in line; each line is that of a reason. */
  async places(scope: TenantScope, entries: readonly WaitlistEntry[]): Promise<ReadonlyMap<string, number>> {
    const reasonIds = new Set(entries.filter(isInLine).map(({ reasonId }) => reasonId));
    const lines = await Promise.all(
      [...reasonIds].map(async (reasonId) => {
        const filter = { status: { $in: IN_LINE }, reasonId } as Filter<WaitlistEntry>;
        const options = { sort: { waitingSince: 1 }, limit: LONGEST_LINE } as const;
        return places(await this.entries.forTenant(scope).find(filter, options), this.clock.now());
      }),
    );
    return new Map(lines.flatMap((line) => [...line]));
  }

  /** Who could be asked about a time on these days at this location. */
  waitingFor(scope: TenantScope, locationId: string, from: LocalDate, to: LocalDate): Promise<WaitlistEntry[]> {
    const filter = {
      ...this.offerable(),
      from: { $lte: to },
      to: { $gte: from },
      locationId: { $in: [null, locationId] },
    };
    return this.entries.forTenant(scope).find(filter as unknown as Filter<WaitlistEntry>);
  }

  /** Whether anybody could be asked about anything. */
  anybodyWaits(scope: TenantScope, tx: Tx): Promise<boolean> {
    return this.entries.forTenant(scope, tx).exists(this.offerable());
  }

  /** 400 with a pointer when a part of it is not offered here, or the days are over. */
  async join(scope: TenantScope, tx: Tx, source: Exclude<EntrySource, 'pms'>, wanted: Wanted): Promise<WaitlistEntry> {
    await this.check(scope, {
      ...wanted,
      providerId: wanted.providerId ?? null,
      locationId: wanted.locationId ?? null,
    });
    return this.add(scope, tx, newId('waitlistEntry', this.clock.now()), source, wanted);
  }

  /** As `join`, of somebody whose wishes need no check. */
  async add(scope: TenantScope, tx: Tx, _id: string, source: EntrySource, wanted: Wanted): Promise<WaitlistEntry> {
    const { providerId = null, locationId = null, from, to } = wanted;
    const entry = await this.entries.forTenant(scope, tx).insert({
      _id,
      source,
      patientId: wanted.patientId,
      patientType: wanted.patientType,
      reasonId: wanted.reasonId,
      providerId,
      locationId,
      from,
      to,
      dayParts: [...(wanted.dayParts ?? [])],
      weekdays: wanted.weekdays ? [...wanted.weekdays] : null,
      noticeMinutes: wanted.noticeMinutes ?? 0,
      priority: wanted.priority ?? 'normal',
      appointmentId: wanted.appointmentId ?? null,
      visitStart: wanted.visitStart ?? null,
      status: 'waiting',
      waitingSince: this.clock.now(),
      offersMade: 0,
      offerId: null,
      bookedAppointmentId: null,
      endReason: null,
    });
    await this.endLater(scope, tx, entry);
    await this.tell(scope, tx, entry, 'waitlist.joined');
    return entry;
  }

  /** What is undefined stays. 409 for somebody who waits no longer. */
  async change(scope: TenantScope, id: string, given: EntryChange, ifVersion?: number): Promise<WaitlistEntry> {
    const named = Object.fromEntries(
      Object.entries(given).filter(([, value]) => value !== undefined),
    ) as Partial<WaitlistEntry>;
    return this.unitOfWork.run(async (tx) => {
      const before = await this.get(scope, id, tx);
      assertVersion(before, ifVersion);
      if (!isInLine(before)) throw over(before);
      await this.check(scope, { ...before, ...named });
      return this.mark(scope, tx, before, named, 'waitlist.changed');
    });
  }

  /** Changes an entry that was read in this transaction, and tells of it; null: it is not in `status` any more. */
  async markIf(
    scope: TenantScope,
    tx: Tx,
    id: string,
    where: Partial<Pick<WaitlistEntry, 'status' | 'offerId' | 'version'>>,
    update: Update<WaitlistEntry>,
    event: EventType,
    data: DomainEvent['data'] = {},
  ): Promise<WaitlistEntry | null> {
    const entry = await this.entries.forTenant(scope, tx).update(id, update, where as Filter<WaitlistEntry>);
    if (entry) await this.tell(scope, tx, entry, event, data);
    return entry;
  }

  /** As `markIf`, of the very version that was read; an entry whose last day changes ends then. */
  async mark(
    scope: TenantScope,
    tx: Tx,
    { _id, version }: WaitlistEntry,
    set: Partial<WaitlistEntry>,
    event: EventType,
    data: DomainEvent['data'] = {},
  ): Promise<WaitlistEntry> {
    const marked = await this.markIf(scope, tx, _id, { version }, { $set: set }, event, data);
    if (!marked)
      throw new Problem('conflict', 'The entry was changed by someone else at the same moment. Read it again.');
    if (set.to !== undefined) await this.endLater(scope, tx, marked);
    return marked;
  }

  /** Who waits to leave a later visit. */
  inLineFor(scope: TenantScope, appointmentId: string, tx: Tx): Promise<WaitlistEntry[]> {
    const filter = { appointmentId, status: { $in: IN_LINE } } as Filter<WaitlistEntry>;
    return this.entries.forTenant(scope, tx).find(filter);
  }

  findById(scope: TenantScope, id: string, tx: Tx): Promise<WaitlistEntry | null> {
    return this.entries.forTenant(scope, tx).findById(id);
  }

  private async lapse(scope: TenantScope, tx: Tx, id: string): Promise<void> {
    const entry = await this.get(scope, id, tx);
    if (!isInLine(entry) || this.clock.now() < dayStart(await this.zoneOf(scope, entry), addDays(entry.to, 1))) return;
    // The offer is over too, but has not been noted yet.
    if (entry.status === 'offered') throw new Problem('conflict', 'An offer of this entry is about to end.');
    await this.mark(scope, tx, entry, { status: 'lapsed' }, 'waitlist.lapsed');
  }

  private async endLater(scope: TenantScope, tx: Tx, entry: WaitlistEntry): Promise<void> {
    const { _id, to } = entry;
    const dueAt = dayStart(await this.zoneOf(scope, entry), addDays(to, 1));
    await this.work.add(scope, tx, [{ kind: LAPSE, key: `${_id}/${to}`, payload: { entryId: _id }, dueAt }]);
  }

  private async check(
    scope: TenantScope,
    wanted: Pick<WaitlistEntry, 'reasonId' | 'providerId' | 'locationId' | 'from' | 'to'>,
  ): Promise<void> {
    const { reasonId, providerId, locationId, from, to } = wanted;
    assertOffered(await this.catalog.snapshot(scope), '', { reasonId, providerId });
    if (locationId !== null && !(await this.locations.active(scope)).some(({ _id }) => _id === locationId))
      throw invalid('/locationId', 'not_found', 'No location with this id exists here.');
    if (from > to) throw invalid('/to', 'order', 'The latest day comes after the earliest.');
    const today = localDateOf(await this.zoneOf(scope, wanted), this.clock.now());
    if (to < today) throw invalid('/to', 'range', 'The latest day is over.');
  }

  private async zoneOf(scope: TenantScope, { locationId }: Pick<WaitlistEntry, 'locationId'>): Promise<ZoneId> {
    const all = await this.locations.active(scope);
    return zoneId((all.find(({ _id }) => _id === locationId) ?? all[0])?.zone ?? 'UTC');
  }

  private offerable(): Filter<WaitlistEntry> {
    return {
      status: 'waiting',
      reasonId: { $type: 'string' },
      patientId: { $type: 'string' },
    } as unknown as Filter<WaitlistEntry>;
  }

  private async tell(
    scope: TenantScope,
    tx: Tx,
    entry: WaitlistEntry,
    type: EventType,
    data: DomainEvent['data'] = {},
  ): Promise<void> {
    const { _id, version, reasonId, providerId, locationId, patientId, appointmentId, status, source } = entry;
    await this.outbox.record(scope, tx, {
      type,
      subject: { kind: 'waitlist_entry', id: _id },
      sequence: version,
      data: { reasonId, providerId, locationId, patientId, appointmentId, status, source, ...data },
    });
  }
}

export function isInLine({ status }: Pick<WaitlistEntry, 'status'>): boolean {
  return IN_LINE.includes(status);
}

export function over({ status }: WaitlistEntry): Problem {
  return new Problem('conflict', `This entry is ${status}: the patient waits no longer. Make a new one.`);
}

export function assertVersion({ version }: WaitlistEntry, ifVersion: number | undefined): void {
  if (ifVersion === undefined || ifVersion === version) return;
  const detail = `The entry is at version ${version}, you named ${ifVersion}. Read it again.`;
  throw new Problem('version_mismatch', detail);
}

/** 400 naming the field when something is not offered here; `at` is the pointer of the object that names it. */
export function assertOffered(
  snapshot: CatalogSnapshot,
  at: string,
  { reasonId, providerId }: { reasonId?: string | null | undefined; providerId?: string | null | undefined },
): void {
  if (reasonId != null && !snapshot.reasonById.get(reasonId)?.active)
    throw invalid(`${at}/reasonId`, 'not_found', 'No reason with this id exists here.');
  if (providerId != null && !snapshot.providerById.get(providerId)?.active)
    throw invalid(`${at}/providerId`, 'not_found', 'No provider with this id exists here.');
}

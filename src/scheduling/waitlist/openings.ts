import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Consumers, type DomainEvent, type EventType } from '../../events/index.js';
import { CLOCK, zoneId, type Clock, type TenantScope } from '../../kernel/index.js';
import type { Tx } from '../../persistence/index.js';
import { DueWork, STANDARD_LADDER, WorkHandlers, type WorkContext } from '../../queues/index.js';
import { Locations, quietUntil, Settings } from '../../tenants/index.js';
import { WaitlistEntries } from './entries.js';
import { NextInLine, type Opening } from './next-in-line.js';
import { FILL, WaitlistOffers } from './offers.js';
import type { WaitlistOffer } from './waitlist.schema.js';

/** Events after which time is free again. */
const FREEING = [
  'appointment.cancelled',
  'appointment.declined',
  'appointment.expired',
  'appointment.rescheduled',
  'appointment.no_show',
  'block.removed',
  'book.time_freed',
] as const satisfies EventType[];

/** Events after which nobody waits any more to leave that visit. */
const ENDING: readonly EventType[] = [
  'appointment.cancelled',
  'appointment.declined',
  'appointment.expired',
  'appointment.no_show',
  'appointment.arrived',
  'appointment.seated',
  'appointment.completed',
];

/**
 * Time that got free, offered to one patient after the other. Each opening is one row of due work that puts itself off to
 * the end of the offer that is open, and is hastened by an answer: so one worker at a time acts on it, whatever dies.
 */
@Injectable()
export class Openings implements OnModuleInit {
  constructor(
    private readonly entries: WaitlistEntries,
    private readonly offers: WaitlistOffers,
    private readonly next: NextInLine,
    private readonly settings: Settings,
    private readonly locations: Locations,
    private readonly consumers: Consumers,
    private readonly handlers: WorkHandlers,
    private readonly work: DueWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.consumers.register({
      name: 'waitlist',
      types: [...new Set([...FREEING, ...ENDING])],
      handle: (event, scope, tx) => this.take(event, scope, tx),
    });
    this.handlers.register({
      kind: FILL,
      transactional: false,
      ladder: STANDARD_LADDER,
      handle: (context) => this.fill(context),
    });
  }

  private async take(event: DomainEvent, scope: TenantScope, tx: Tx): Promise<void> {
    if (ENDING.includes(event.type)) {
      for (const entry of await this.entries.inLineFor(scope, event.subject.id, tx))
        await this.offers.withdrawIn(scope, tx, entry, 'visit_ended');
    }
    const payload = openingOf(event);
    if (!payload || Number(payload['end']) <= this.clock.now()) return;
    if (!(await this.entries.anybodyWaits(scope, tx))) return;
    await this.work.add(scope, tx, [{ kind: FILL, key: event._id, payload }]);
  }

  /** May run again at any time, and after any crash: what was offered so far stands in the offers. */
  private async fill({ scope, row }: WorkContext): Promise<void | { again: number }> {
    const id = row._id.slice(FILL.length + 1);
    const made = await this.offers.madeOf(scope, id);
    const last = made.at(-1);
    if (last?.state === 'open') {
      if (last.expiresAt > this.clock.now()) return { again: last.expiresAt };
      await this.offers.expire(scope, last._id);
    }
    // A time that staff chose for somebody is nobody else's.
    if (row.payload['locationId'] === undefined) return;
    const opening = { ...(row.payload as unknown as Omit<Opening, 'id'>), id };
    const quiet = await this.waitUntil(scope, opening);
    if (quiet === null) return;
    if (quiet > this.clock.now()) return { again: quiet };
    const offer: WaitlistOffer | null = await this.next.ask(scope, opening, made);
    return offer ? { again: offer.expiresAt } : undefined;
  }

  /** When somebody may be asked; null: never, because the time is over then or staff do it. */
  private async waitUntil(scope: TenantScope, { locationId, end }: Opening): Promise<number | null> {
    const [{ scheduling, messages }, location] = await Promise.all([
      this.settings.effective(scope),
      this.locations.known(scope, locationId),
    ]);
    const until = quietUntil(messages, zoneId(location.zone), this.clock.now());
    return scheduling.waitlistAutoOffer && until < end ? until : null;
  }
}

/** What an event set free: ids and instants. */
function openingOf({ type, data, occurredAt }: DomainEvent): DomainEvent['data'] | null {
  if (!(FREEING as readonly EventType[]).includes(type)) return null;
  const moved = type === 'appointment.rescheduled';
  const part = (name: string) => data[moved ? `old${name.charAt(0).toUpperCase()}${name.slice(1)}` : name] ?? null;
  const [locationId, start, end] = [part('locationId'), part('start'), part('end')];
  if (locationId === null || start === null || end === null) return null;
  // A patient who did not come has left nothing but the past.
  if (type === 'appointment.no_show' && Number(start) <= occurredAt) return null;
  const leftBy = data['patientId'] ?? null;
  return { locationId, start, end, providerId: part('providerId'), operatoryId: part('operatoryId'), leftBy };
}

import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { CONFIG, LOG, type Config, type Log } from '../config/index.js';
import { CLOCK, mintSystemScope, type Clock } from '../kernel/index.js';
import { UnitOfWork } from '../persistence/index.js';
import { DueWork } from '../queues/index.js';
import { consumerKind, Consumers } from './consumers.js';
import { EventRepository } from './event.repository.js';
import type { DomainEvent } from './event.schema.js';

const SWEEP_MS = 1_000;
const SWEEP_LIMIT = 200;
/** Events in one transaction. */
const BATCH = 50;
/** Younger rows are still with the process that wrote them. */
const GRACE_MS = 2_000;
/** While events come this fast, each waits so long for others that are passed on with it; longer when they are many. */
const LINGER_MS = 30;
const LONG_LINGER_MS = 100;
const MANY = 3;

const relaying = mintSystemScope('the relay passes on the events of every tenant');

/** Turns outbox rows into due work for each consumer: at once after the commit, or by the sweep when that process died. */
@Injectable()
export class Relay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private waiting: DomainEvent[] = [];
  private underWay: Promise<void> | undefined;
  private lastPassed = -Infinity;
  private lingerMs = LINGER_MS;

  constructor(
    private readonly events: EventRepository,
    private readonly consumers: Consumers,
    private readonly work: DueWork,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.ROLE === 'api') return;
    this.timer = setInterval(() => void this.sweep(), SWEEP_MS);
  }

  /** Passes an event on in the background, together with those that came meanwhile. What fails here the sweep finds. */
  soon(event: DomainEvent): void {
    this.waiting.push(event);
    this.underWay ??= this.passWaiting().finally(() => (this.underWay = undefined));
  }

  private async passWaiting(): Promise<void> {
    while (this.waiting.length > 0) {
      if (performance.now() - this.lastPassed < this.lingerMs) await sleep(this.lingerMs);
      const events = this.waiting.splice(0, BATCH);
      this.lingerMs = events.length < MANY ? LINGER_MS : LONG_LINGER_MS;
      await this.pass(events).catch((error: unknown) =>
        this.log.warn({ events: events.length, err: error }, 'events were not relayed; the sweep will'),
      );
      this.lastPassed = performance.now();
    }
  }

  async sweep(): Promise<void> {
    try {
      const left = await this.events
        .forSystem(relaying)
        .find(
          { pending: true, occurredAt: { $lte: this.clock.now() - GRACE_MS } },
          { sort: { occurredAt: 1 }, limit: SWEEP_LIMIT },
        );
      for (const event of left) await this.pass([event]);
    } catch (error) {
      this.log.warn({ err: error }, 'a sweep of the outbox failed; the next one will do');
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.underWay;
  }

  /** One transaction: each consumer's work exists, and the rows stop being pending. Twice is as good as once. */
  private async pass(events: readonly DomainEvent[]): Promise<void> {
    await this.unitOfWork.run(async (tx) => {
      const requests = events.flatMap(({ _id, type, tenantId }) =>
        this.consumers
          .of(type)
          .map((consumer) => ({ tenantId, kind: consumerKind(consumer), key: _id, payload: { eventId: _id } })),
      );
      if (requests.length > 0) await this.work.addAll(tx, requests);
      const ids = events.map(({ _id }) => _id);
      await this.events
        .forSystem(relaying, tx)
        .updateMany({ _id: { $in: ids }, pending: true }, { $unset: { pending: 1 } });
    });
  }
}

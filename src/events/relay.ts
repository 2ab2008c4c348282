import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { CONFIG, LOG, type Config, type Log } from '../config/index.js';
import { CLOCK, mintSystemScope, mintTenantScope, type Clock } from '../kernel/index.js';
import { UnitOfWork } from '../persistence/index.js';
import { DueWork } from '../queues/index.js';
import { consumerKind, Consumers } from './consumers.js';
import { EventRepository } from './event.repository.js';
import type { DomainEvent } from './event.schema.js';

const SWEEP_MS = 1_000;
const SWEEP_LIMIT = 200;
/** Younger rows are still with the process that wrote them. */
const GRACE_MS = 2_000;

const relaying = mintSystemScope('the relay passes on the events of every tenant');

/** Turns outbox rows into due work for each consumer: at once after the commit, or by the sweep when that process died. */
@Injectable()
export class Relay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private readonly underWay = new Set<Promise<void>>();

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

  /** Passes one event on in the background; whatever fails here is found by the sweep. */
  soon(event: DomainEvent): void {
    const run = this.pass(event)
      .catch((error: unknown) =>
        this.log.warn({ event: event._id, err: error }, 'an event was not relayed; the sweep will'),
      )
      .finally(() => this.underWay.delete(run));
    this.underWay.add(run);
  }

  async sweep(): Promise<void> {
    try {
      const left = await this.events
        .forSystem(relaying)
        .find(
          { pending: true, occurredAt: { $lte: this.clock.now() - GRACE_MS } },
          { sort: { occurredAt: 1 }, limit: SWEEP_LIMIT },
        );
      for (const event of left) await this.pass(event);
    } catch (error) {
      this.log.warn({ err: error }, 'a sweep of the outbox failed; the next one will do');
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await Promise.allSettled(this.underWay);
  }

  /** One transaction: the row stops being pending and each consumer's work exists. Two relays at once: one of them finds nothing. */
  private async pass(event: DomainEvent): Promise<void> {
    await this.unitOfWork.run(async (tx) => {
      const mine = await this.events
        .forSystem(relaying, tx)
        .update({ _id: event._id, pending: true }, { $unset: { pending: 1 } });
      if (!mine) return;
      const scope = mintTenantScope(event.tenantId, { kind: 'system', id: 'relay' });
      const requests = this.consumers.of(event.type).map((consumer) => ({
        kind: consumerKind(consumer),
        key: event._id,
        payload: { eventId: event._id },
      }));
      if (requests.length > 0) await this.work.add(scope, tx, requests);
    });
  }
}

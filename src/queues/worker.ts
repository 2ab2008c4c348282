import { InjectQueue } from '@nestjs/bull';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Queue } from 'bull';
import { CONFIG, LOG, type Config, type Log } from '../config/index.js';
import { CLOCK, mintSystemScope, type Clock } from '../kernel/index.js';
import { QUEUE, WakeUps, type WakeUp } from './wake-ups.js';
import { WorkRepository } from './work.repository.js';
import { WorkRunner } from './work-runner.js';

const CONCURRENCY = 16;
const SWEEP_MS = 500;
const SWEEP_LIMIT = 500;

const sweeper = mintSystemScope('the sweeper wakes due rows of every tenant');

/** Begins to work when all rooms have registered their handlers; ends by letting running work finish. */
@Injectable()
export class Worker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> = Promise.resolve();
  private stopping = false;
  private running = new Set<Promise<void>>();

  constructor(
    @InjectQueue(QUEUE) private readonly queue: Queue<WakeUp>,
    private readonly repository: WorkRepository,
    private readonly runner: WorkRunner,
    private readonly wakeUps: WakeUps,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.ROLE === 'api') return;
    this.queue
      .process(CONCURRENCY, ({ data }) => this.track(this.runner.run(data.id)))
      .catch((error: unknown) => this.stopping || this.log.error({ err: error }, 'the queue stopped processing'));
    this.timer = setInterval(() => {
      this.sweeping = this.sweep();
    }, SWEEP_MS);
  }

  /** Sends a wake-up for each due row that nobody holds: after a crash, a wiped Redis, or when its time has come. */
  async sweep(): Promise<void> {
    try {
      const now = this.clock.now();
      const due = await this.repository
        .forSystem(sweeper)
        .find(
          { state: 'ready', dueAt: { $lte: now }, $or: [{ leaseUntil: null }, { leaseUntil: { $lte: now } }] },
          { sort: { dueAt: 1 }, limit: SWEEP_LIMIT },
        );
      if (due.length > 0) this.wakeUps.send(due);
    } catch (error) {
      this.log.warn({ err: error }, 'a sweep failed; the next one will do');
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.sweeping;
    // Takes no more jobs and waits for the running ones.
    await this.queue.close();
    await Promise.allSettled(this.running);
  }

  private async track(run: Promise<void>): Promise<void> {
    this.running.add(run);
    await run.finally(() => this.running.delete(run));
  }
}

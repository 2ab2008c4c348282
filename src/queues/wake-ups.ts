import { InjectQueue } from '@nestjs/bull';
import { Inject, Injectable } from '@nestjs/common';
import type { Queue } from 'bull';
import { LOG, type Log } from '../config/index.js';
import type { WorkRow } from './work.schema.js';

export const QUEUE = 'work';

/** What a Bull job holds: the id of the row, nothing else (law 8). */
export interface WakeUp {
  id: string;
}

type Wakeable = Pick<WorkRow, '_id' | 'tenantId' | 'attempts'>;

/** The port over Bull: puts wake-ups into Redis. Losing them costs time, never work: the sweeper sends them again. */
@Injectable()
export class WakeUps {
  constructor(
    @InjectQueue(QUEUE) private readonly queue: Queue<WakeUp>,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.queue.on('error', (error) =>
      this.log.warn({ err: error }, 'the queue does not answer; work waits in the database'),
    );
  }

  send(rows: Wakeable[]): void {
    const place = new Map<string, number>();
    const jobs = rows.map((row) => {
      // Fairness: the n-th waiting row of a tenant has priority n, so a flood stands behind everybody's first.
      const priority = (place.get(row.tenantId) ?? 0) + 1;
      place.set(row.tenantId, priority);
      return {
        data: { id: row._id },
        opts: {
          jobId: `${row._id}~${row.attempts}`,
          priority: Math.min(priority, 1_000),
          attempts: 1,
          removeOnComplete: true,
          removeOnFail: true,
        },
      };
    });
    this.queue
      .addBulk(jobs)
      .catch((error: unknown) => this.log.warn({ err: error }, 'a wake-up was not sent; the sweeper will'));
  }
}

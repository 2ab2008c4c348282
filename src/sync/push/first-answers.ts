import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { TenantScope } from '../../kernel/index.js';
import type { Filter } from '../../persistence/index.js';
import { AppointmentRepository, type Appointment } from '../../scheduling/index.js';
import { PmsStates } from '../pms-states.js';
import { WRITE_MS } from './exporter.js';

const FIRST_PAUSE_MS = 40;
const LAST_PAUSE_MS = 250;

/**
 * Waits until a worker, of this process or another one, has tried to write a booking for the first time. Looked up in the
 * database, which is the one place where every process sees it; no transaction is open meanwhile.
 */
@Injectable()
export class FirstAnswers {
  constructor(
    private readonly states: PmsStates,
    private readonly appointments: AppointmentRepository,
  ) {}

  /** Ends after {@link WRITE_MS} at the latest, and at once where nobody would answer. */
  async wait(scope: TenantScope, appointmentId: string): Promise<void> {
    const end = performance.now() + WRITE_MS;
    const first = await this.look(scope, appointmentId);
    if (!first || isAnswered(first) || !(await this.states.answers(scope, first.locationId))) return;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.3, LAST_PAUSE_MS)) {
      const left = end - performance.now();
      if (left <= 0) return;
      await delay(Math.min(pause, left));
      const now = await this.look(scope, appointmentId);
      if (!now || isAnswered(now)) return;
    }
  }

  private async look(scope: TenantScope, _id: string): Promise<Seen | undefined> {
    const [seen] = await this.appointments
      .forTenant(scope)
      .pick({ _id } as Filter<Appointment>, ['locationId', 'sync']);
    return seen;
  }
}

type Seen = Pick<Appointment, 'locationId' | 'sync'>;

/** It was tried at least once, whatever came of it. */
function isAnswered({ sync }: Seen): boolean {
  return sync.state !== 'pending' || sync.lastAt !== null;
}

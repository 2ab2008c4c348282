import { Inject, Injectable } from '@nestjs/common';
import { Outbox } from '../../events/index.js';
import { CLOCK, Problem, type Clock, type TenantScope } from '../../kernel/index.js';
import { UnitOfWork } from '../../persistence/index.js';
import { PracticeRepository } from '../practices/practice.schema.js';
import { Practices } from '../practices/practices.service.js';

export interface SetupStep {
  id: 'locations' | 'providers' | 'reasons' | 'insurance' | 'templates' | 'settings';
  /** Place in the list. */
  order: number;
  title: string;
  /** Where the step is done in the API. */
  path: string;
  /** What is missing, in words; empty when the step is done. */
  check(scope: TenantScope): Promise<string[]>;
  /** What may be meant so but often is not, in words; holds nothing up. */
  warn?(scope: TenantScope): Promise<string[]>;
}

export interface CheckedStep {
  id: string;
  title: string;
  path: string;
  done: boolean;
  missing: string[];
  warnings: string[];
}

/** The check-list of a new practice. Each room registers the steps that it knows about. */
@Injectable()
export class SetupSteps {
  private steps: SetupStep[] = [];

  constructor(
    private readonly practices: PracticeRepository,
    private readonly directory: Practices,
    private readonly outbox: Outbox,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  register(step: SetupStep): void {
    this.steps = [...this.steps, step].sort((a, b) => a.order - b.order);
  }

  async checklist(scope: TenantScope): Promise<{ live: boolean; steps: CheckedStep[] }> {
    const practice = await this.practices.forTenant(scope).findOne({});
    const checked = await Promise.all(
      this.steps.map(async (step) => {
        const [missing, warnings] = await Promise.all([step.check(scope), step.warn?.(scope) ?? []]);
        const { id, title, path } = step;
        return { id, title, path, done: missing.length === 0, missing, warnings };
      }),
    );
    const live = practice?.liveAt != null;
    const waiting = checked.filter(({ done }) => !done).map(({ title }) => title);
    const goLive = {
      id: 'go_live',
      title: 'Go live',
      path: '/v1/setup/go-live',
      done: live,
      missing: live ? [] : waiting.map((title) => `${title} first`),
      warnings: [],
    };
    return { live, steps: [...checked, goLive] };
  }

  /** Opens the widget; `setup_incomplete` names what is missing. */
  async goLive(scope: TenantScope): Promise<void> {
    const { live, steps } = await this.checklist(scope);
    if (live) return;
    const missing = steps.filter(({ id, done }) => !done && id !== 'go_live');
    if (missing.length > 0) {
      const words = missing.flatMap((step) => step.missing).join(' ');
      throw new Problem('setup_incomplete', `The practice cannot go live yet. ${words}`, {
        extensions: { steps: missing },
      });
    }
    await this.unitOfWork.run(async (tx) => {
      const practice = await this.practices
        .forTenant(scope, tx)
        .update(scope.tenantId, { $set: { liveAt: this.clock.now() } }, { liveAt: null });
      if (!practice) return;
      await this.outbox.record(scope, tx, {
        type: 'practice.went_live',
        subject: { kind: 'practice', id: scope.tenantId },
        sequence: practice.version,
      });
      tx.afterCommit(() => this.directory.forget(scope.tenantId));
    });
  }
}

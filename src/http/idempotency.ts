import { applyDecorators, createParamDecorator, Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import {
  CLOCK,
  digest,
  invalid,
  mintTenantScope,
  Problem,
  type AgencyScope,
  type Clock,
  type TenantScope,
} from '../kernel/index.js';
import { isDuplicateKey, UnitOfWork, type Tx } from '../persistence/index.js';
import { IdempotencyRepository, type IdempotencyRecord } from './idempotency.schema.js';

const KEPT_MS = 48 * 3_600_000;

/** What a creating request is known by. */
export interface CommandRequest {
  /** Digest over credential, operation and key; undefined when the caller gave no key. */
  recordId: string | undefined;
  requestHash: string;
  /** Marks the answer as a repetition of the first one. */
  replayed(): void;
}

/** Parameter decorator of creating routes: reads `Idempotency-Key`. Pass it to `Commands.run`. */
export const Command = createParamDecorator((_: unknown, context: ExecutionContext): CommandRequest => {
  const request = context.switchToHttp().getRequest<Request>();
  const response = context.switchToHttp().getResponse<Response>();
  const key = keyOf(request.headers['idempotency-key']);
  const route = (request.route as { path: string }).path;
  const tenant =
    request.principal?.kind === 'platform' ? 'platform' : (request.principal?.tenant?.tenantId ?? 'agency');
  const operation = `${request.principal?.credentialId ?? 'anonymous'}|${tenant}|${request.method} ${route}`;
  return {
    recordId: key === undefined ? undefined : digest(`${operation}|${key}`),
    requestHash: digest(JSON.stringify([request.params, request.body ?? null])),
    replayed: () => response.setHeader('Idempotency-Replayed', 'true'),
  };
});

/** Documents the header on a route. */
export const TakesIdempotencyKey = () =>
  applyDecorators(
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        'Any text of 1 to 255 characters. A repeated request with the same key acts once and gets the first answer (kept 48 hours).',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    }),
  );

/** The draft's form is quoted, Stripe's is bare: both are taken. */
function keyOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const key = String(header).replace(/^"(.*)"$/, '$1');
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw invalid('header:Idempotency-Key', 'format', 'Idempotency-Key must be 1 to 255 visible ASCII characters.');
  }
  return key;
}

/** Runs creating use cases: one transaction for the effect, its events and the kept answer (laws 4 and 6). */
@Injectable()
export class Commands {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly records: IdempotencyRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** `work` returns the answer's body: plain JSON data. Errors roll everything back and are not kept. */
  run<T>(owner: TenantScope | AgencyScope, request: CommandRequest, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.runPrepared(owner, request, () => Promise.resolve(), work);
  }

  /**
   * As `run`; `prepare` reads before the transaction what `work` needs, so that the transaction is short. A repeated request
   * fails, there or on its record, and gets the first answer: requests that are not repeated pay nothing for it. `complete`
   * sees the answer when all is committed, and may wait for what follows from it: it gives back the same one when nothing
   * does, and must not fail.
   */
  async runPrepared<P, T>(
    owner: TenantScope | AgencyScope,
    request: CommandRequest,
    prepare: () => Promise<P>,
    work: (tx: Tx, prepared: P) => Promise<T>,
    complete?: (reply: T) => Promise<T>,
  ): Promise<T> {
    const { recordId } = request;
    if (recordId === undefined) {
      const prepared = await prepare();
      const reply = await this.unitOfWork.run((tx) => work(tx, prepared));
      return complete ? complete(reply) : reply;
    }
    const scope = 'tenantId' in owner ? owner : mintTenantScope(owner.agencyId, owner.actor);
    let reply: T;
    try {
      const prepared = await prepare();
      reply = await this.unitOfWork.run(async (tx) => {
        const records = this.records.forTenant(scope, tx);
        const expireAt = new Date(this.clock.now() + KEPT_MS);
        // First: a second request with this key waits here or fails, before it can act.
        await records.insert({ _id: recordId, requestHash: request.requestHash, reply: null, expireAt });
        const made = await work(tx, prepared);
        await records.claim(recordId, {}, { $set: { reply: made } });
        return made;
      });
    } catch (error) {
      // A request with the same key may have been first: then its answer counts, whatever went wrong here.
      if (!isDuplicateKey(error) && !(error instanceof Problem)) throw error;
      const winner = await this.records.forTenant(scope).findById(recordId);
      if (!winner) throw error;
      const kept = replay<T>(winner, request);
      if (!complete || winner.completed) return kept;
      // The first one still waits, or its process has died: waits like it, and says what it said.
      const own = await complete(kept);
      if (own === kept) return kept;
      const now = await this.records.forTenant(scope).findById(recordId);
      return now?.completed ? (now.reply as T) : own;
    }
    const completed = (await complete?.(reply)) ?? reply;
    if (completed === reply) return reply;
    // What is done stays done: a record that cannot be written keeps the answer as it was at the commit.
    await this.records
      .forTenant(scope)
      .claim(recordId, {}, { $set: { reply: completed, completed: true } })
      .catch(() => undefined);
    return completed;
  }
}

function replay<T>(record: IdempotencyRecord, request: CommandRequest): T {
  if (record.requestHash !== request.requestHash) {
    throw new Problem(
      'idempotency_mismatch',
      'This Idempotency-Key was used with another body or path. Use a new key for a new request.',
    );
  }
  if (record.reply === null || record.reply === undefined) {
    throw new Problem('idempotency_in_progress', 'The first request with this key has not ended yet.', {
      retryAfter: 1,
    });
  }
  request.replayed();
  return record.reply as T;
}

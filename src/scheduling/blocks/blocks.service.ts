import { Inject, Injectable } from '@nestjs/common';
import { Outbox, type EventType } from '../../events/index.js';
import { CLOCK, newId, Problem, type Clock, type TenantScope } from '../../kernel/index.js';
import { UnitOfWork, type Filter, type Page, type Tx } from '../../persistence/index.js';
import { AppointmentRepository } from '../appointments/appointment.repository.js';
import type { Appointment } from '../appointments/appointment.schema.js';
import { OCCUPYING } from '../appointments/lifecycle.js';
import { BlockedTime, type BlockedVisits } from '../book/blocked-time.js';
import { BlockPlans, type BlockFacts, type BlockPlan } from './block-plan.js';
import { BlockRepository, type Block } from './block.schema.js';
import { freedBy } from './freed-time.js';
import { blockedAppointmentView, type BlockHitsView } from './blocks.dto.js';

/** An answer that refuses names so many appointments; all are told by a preview. */
const NAMED = 100;
/** Visits that are over stand in nobody's way. */
const TO_COME = OCCUPYING.filter((status) => status !== 'completed' && status !== 'no_show');

export interface BlockFilter {
  locationId?: string | undefined;
  providerId?: string | undefined;
  operatoryId?: string | undefined;
  /** Local dates, both included. */
  from?: string | undefined;
  to?: string | undefined;
}

interface PageOf {
  limit: number;
  cursor?: string | undefined;
}

export interface WrittenBlock {
  block: Block;
  hits: BlockHitsView;
}

/** Time that the practice sets apart: who is away, what is closed, and whose visits stand there. */
@Injectable()
export class Blocks {
  constructor(
    private readonly blocks: BlockRepository,
    private readonly plans: BlockPlans,
    private readonly time: BlockedTime,
    private readonly appointments: AppointmentRepository,
    private readonly outbox: Outbox,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  get(scope: TenantScope, id: string): Promise<Block> {
    return this.blocks.forTenant(scope).getById(id, 'block');
  }

  page(scope: TenantScope, filter: BlockFilter, request: PageOf): Promise<Page<Block>> {
    const { locationId, providerId, operatoryId, from, to } = filter;
    const where = {
      ...(locationId ? { locationId } : {}),
      ...(providerId ? { providerIds: providerId } : {}),
      ...(operatoryId ? { operatoryIds: operatoryId } : {}),
      ...(from ? { endDate: { $gte: from } } : {}),
      ...(to ? { startDate: { $lte: to } } : {}),
    };
    return this.blocks.forTenant(scope).page({ filter: where as Filter<Block>, sort: 'start', ...request });
  }

  /** Checks a block and makes its pages ready; before the transaction that writes it. */
  async plan(scope: TenantScope, facts: BlockFacts): Promise<BlockPlan> {
    const plan = await this.plans.of(scope, facts);
    await this.time.prepare(scope, plan.claims);
    return plan;
  }

  /** What a block would hit, and a page of it. Nothing is saved. */
  async preview(scope: TenantScope, facts: BlockFacts, request: PageOf) {
    const plan = await this.plans.of(scope, facts);
    const visits = await this.time.visitsIn(scope, plan.claims, facts);
    return { hits: await this.count(scope, visits), page: await this.appointmentsOf(scope, visits, request) };
  }

  /** The appointments that stand in a block now, whenever they got there. */
  async hitBy(scope: TenantScope, id: string, request: PageOf): Promise<Page<Appointment>> {
    const block = await this.get(scope, id);
    const claims = (await this.plans.again(scope, block))?.claims ?? [];
    return this.appointmentsOf(scope, await this.time.visitsIn(scope, claims, block), request);
  }

  /** In the caller's transaction. `refuse`: 409 `appointments_in_the_way` when it hits any. */
  async create(scope: TenantScope, tx: Tx, plan: BlockPlan, refuse: boolean): Promise<WrittenBlock> {
    const _id = newId('block', this.clock.now());
    const hits = await this.take(scope, tx, _id, plan, [], refuse);
    const block = await this.blocks.forTenant(scope, tx).insert({ _id, ...rowOf(plan) });
    await this.tell(scope, tx, 'block.created', block);
    return { block, hits };
  }

  async change(
    scope: TenantScope,
    id: string,
    given: Partial<BlockFacts>,
    { refuse, ifVersion }: { refuse: boolean; ifVersion: number | undefined },
  ): Promise<WrittenBlock> {
    const seen = await this.get(scope, id);
    const plan = await this.plan(scope, { ...factsOf(seen), ...named(given) });
    return this.unitOfWork.run(async (tx) => {
      const rows = this.blocks.forTenant(scope, tx);
      const before = await rows.getById(id, 'block');
      // What was planned stands on what was read: another change meanwhile is not undone unseen.
      const block = await rows.patch(id, rowOf(plan), 'block', ifVersion ?? seen.version);
      const hits = await this.take(scope, tx, id, plan, before.pageIds, refuse);
      await this.tell(scope, tx, 'block.changed', block);
      for (const freed of freedBy(before, block))
        await this.tellFreed(scope, tx, { ...before, ...freed }, block.version);
      return { block, hits };
    });
  }

  async remove(scope: TenantScope, id: string): Promise<void> {
    await this.unitOfWork.run(async (tx) => {
      const block = await this.blocks.forTenant(scope, tx).getById(id, 'block');
      await this.time.clear(scope, tx, id, block.pageIds);
      await this.blocks.forTenant(scope, tx).remove(id);
      await this.tell(scope, tx, 'block.removed', { ...block, version: block.version + 1 });
    });
  }

  /** Those that are not over, of one provider, of one location, or all. */
  toCome(scope: TenantScope, of: { providerIds?: string; locationId?: string } = {}): Promise<Block[]> {
    return this.blocks.forTenant(scope).find({ ...of, end: { $gt: this.clock.now() } } as Filter<Block>);
  }

  /**
   * Puts a block where it belongs by the catalogue, the locations and the rules of time as they are now; `surely`: even when
   * it seems to stand there. Without its location it is no more.
   */
  async replace(scope: TenantScope, seen: Block, surely = false): Promise<void> {
    const plan = await this.plans.again(scope, seen);
    if (!plan) return this.remove(scope, seen._id);
    if (!surely && isAt(seen, plan)) return;
    await this.time.prepare(scope, plan.claims);
    await this.unitOfWork.run(async (tx) => {
      const { start, end, pageIds } = rowOf(plan);
      const block = await this.blocks
        .forTenant(scope, tx)
        .patch(seen._id, { start, end, pageIds }, 'block', seen.version);
      await this.take(scope, tx, seen._id, plan, seen.pageIds, false);
      await this.tell(scope, tx, 'block.changed', block);
    });
  }

  private async take(
    scope: TenantScope,
    tx: Tx,
    id: string,
    { facts, claims }: BlockPlan,
    before: readonly string[],
    refuse: boolean,
  ): Promise<BlockHitsView> {
    const { type, reasonIds } = facts;
    const visits = await this.time.put(scope, tx, id, claims, { type, reasonIds }, before);
    const hits = await this.count(scope, visits, tx);
    if (!refuse || hits.appointments === 0) return hits;
    const { data } = await this.appointmentsOf(scope, visits, { limit: NAMED }, tx);
    throw new Problem(
      'appointments_in_the_way',
      `${hits.appointments} appointments stand in that time. Move them first, or say "ifHit": "keep".`,
      { extensions: { hits, appointments: data.map(blockedAppointmentView) } },
    );
  }

  private async count(scope: TenantScope, visits: BlockedVisits, tx?: Tx): Promise<BlockHitsView> {
    const appointments = await this.appointments.forTenant(scope, tx).count(toCome(visits));
    return { appointments, externalVisits: visits.external.length, holds: visits.holdIds.length };
  }

  private appointmentsOf(scope: TenantScope, visits: BlockedVisits, request: PageOf, tx?: Tx) {
    return this.appointments.forTenant(scope, tx).page({ filter: toCome(visits), sort: 'start', ...request });
  }

  private async tell(scope: TenantScope, tx: Tx, type: EventType, block: Block): Promise<void> {
    await this.outbox.record(scope, tx, {
      type,
      subject: { kind: 'block', id: block._id },
      sequence: block.version,
      data: { ...whereAndWhen(block), type: block.type },
    });
  }

  private async tellFreed(scope: TenantScope, tx: Tx, freed: Block, sequence: number): Promise<void> {
    const subject = { kind: 'location', id: freed.locationId };
    await this.outbox.record(scope, tx, { type: 'book.time_freed', subject, sequence, data: whereAndWhen(freed) });
  }
}

/** The part of the book, when it is one provider or one operatory. */
function whereAndWhen({ locationId, providerIds, operatoryIds, start, end }: Block) {
  const [only = null, ...others] = [...providerIds, ...operatoryIds];
  const one = others.length === 0 ? only : null;
  const isProvider = one !== null && providerIds.includes(one);
  return { locationId, providerId: isProvider ? one : null, operatoryId: isProvider ? null : one, start, end };
}

function toCome({ appointmentIds }: BlockedVisits): Filter<Appointment> {
  return { _id: { $in: [...appointmentIds].sort() }, status: { $in: TO_COME } } as Filter<Appointment>;
}

function rowOf({ facts, claims, start, end }: BlockPlan) {
  return { ...facts, start, end, pageIds: claims.map(({ pageId }) => pageId) };
}

function isAt({ start, end, pageIds }: Block, plan: BlockPlan): boolean {
  return start === plan.start && end === plan.end && pageIds.join() === rowOf(plan).pageIds.join();
}

/** What a change names. */
function named(given: Partial<BlockFacts>): Partial<BlockFacts> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function factsOf(block: Block): BlockFacts {
  const { locationId, providerIds, operatoryIds, type, reasonIds, startDate, endDate } = block;
  return {
    ...{ locationId, providerIds, operatoryIds, type, reasonIds, startDate, endDate },
    note: block.note ?? null,
    startTime: block.startTime ?? null,
    endTime: block.endTime ?? null,
    weekdays: block.weekdays ?? null,
  };
}

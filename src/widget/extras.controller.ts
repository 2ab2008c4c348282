import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Catalog, type CatalogSnapshot } from '../catalog/index.js';
import { Outbox } from '../events/index.js';
import {
  Command,
  Commands,
  TakesIdempotencyKey,
  Visitor,
  WidgetSession,
  type CommandRequest,
  type WidgetPrincipal,
} from '../http/index.js';
import { CLOCK, invalid, newId, type Clock } from '../kernel/index.js';
import { PatientMatch } from '../patients/index.js';
import { FunnelSteps, JoinWaitlist, WaitlistView } from './dto/extras.dto.js';
import { FunnelRepository, WaitlistRepository } from './extras.schema.js';
import { consentsOf, personOf } from './visitor-person.js';

const FUNNEL_KEPT_MS = 400 * 86_400_000;

@ApiTags('widget')
@WidgetSession()
@Controller('v1/widget')
export class WidgetExtrasController {
  constructor(
    private readonly waitlist: WaitlistRepository,
    private readonly funnel: FunnelRepository,
    private readonly match: PatientMatch,
    private readonly catalog: Catalog,
    private readonly outbox: Outbox,
    private readonly commands: Commands,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post('waitlist')
  @TakesIdempotencyKey()
  @ApiOperation({ operationId: 'joinWidgetWaitlist', summary: 'Ask to be told of an earlier time' })
  @ApiCreatedResponse({ type: WaitlistView })
  async join(
    @Visitor() { tenant, sessionId }: WidgetPrincipal,
    @Command() command: CommandRequest,
    @Body() body: JoinWaitlist,
  ): Promise<WaitlistView> {
    const { reasonId, providerId, patientType, from, to, dayParts } = body;
    if (from > to) throw invalid('/to', 'order', 'The latest day comes after the earliest.');
    assertOffered(await this.catalog.snapshot(tenant), '', { reasonId, providerId });
    return this.commands.run(tenant, command, async (tx) => {
      const { patient } = await this.match.findOrCreate(
        tenant,
        tx,
        personOf(body.patient, patientType, sessionId, consentsOf(body.consent)),
      );
      const entry = await this.waitlist.forTenant(tenant, tx).insert({
        _id: newId('waitlistEntry', this.clock.now()),
        patientId: patient._id,
        patientType,
        reasonId,
        providerId: providerId ?? null,
        from,
        to,
        dayParts: dayParts ?? [],
        status: 'waiting',
      });
      await this.outbox.record(tenant, tx, {
        type: 'waitlist.joined',
        subject: { kind: 'waitlist_entry', id: entry._id },
        sequence: 1,
        data: { reasonId },
      });
      return { id: entry._id, from, to };
    });
  }

  @Post('events')
  @HttpCode(204)
  @ApiOperation({ operationId: 'recordWidgetEvents', summary: 'Tell which steps the visitor took; ids only' })
  @ApiNoContentResponse()
  async tell(@Visitor() { tenant, sessionId }: WidgetPrincipal, @Body() body: FunnelSteps): Promise<void> {
    const now = this.clock.now();
    const snapshot = await this.catalog.snapshot(tenant);
    for (const [place, event] of body.events.entries()) assertOffered(snapshot, `/events/${place}`, event);
    await this.funnel.forTenant(tenant).insertMany(
      body.events.map(({ step, reasonId = null, providerId = null, code = null }) => ({
        _id: newId('funnelEvent', now),
        sessionId,
        step,
        reasonId,
        providerId,
        code,
        expireAt: new Date(now + FUNNEL_KEPT_MS),
      })),
    );
  }
}

/** 400 naming the field when something is not offered here; `at` is the pointer of the object that names it. */
function assertOffered(
  snapshot: CatalogSnapshot,
  at: string,
  { reasonId, providerId }: { reasonId?: string | undefined; providerId?: string | undefined },
): void {
  if (reasonId !== undefined && !snapshot.reasonById.get(reasonId)?.active)
    throw invalid(`${at}/reasonId`, 'not_found', 'No reason with this id exists here.');
  if (providerId !== undefined && !snapshot.providerById.get(providerId)?.active)
    throw invalid(`${at}/providerId`, 'not_found', 'No provider with this id exists here.');
}

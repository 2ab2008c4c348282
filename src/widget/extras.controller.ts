import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Catalog } from '../catalog/index.js';
import {
  Command,
  Commands,
  TakesIdempotencyKey,
  Visitor,
  WidgetSession,
  type CommandRequest,
  type WidgetPrincipal,
} from '../http/index.js';
import { CLOCK, newId, type Clock } from '../kernel/index.js';
import { PatientMatch } from '../patients/index.js';
import { assertOffered, WaitlistEntries } from '../scheduling/index.js';
import { FunnelSteps, JoinWaitlist, WaitlistView } from './dto/extras.dto.js';
import { FunnelRepository } from './extras.schema.js';
import { consentsOf, personOf } from './visitor-person.js';

const FUNNEL_KEPT_MS = 400 * 86_400_000;

@ApiTags('widget')
@WidgetSession()
@Controller('v1/widget')
export class WidgetExtrasController {
  constructor(
    private readonly waitlist: WaitlistEntries,
    private readonly funnel: FunnelRepository,
    private readonly match: PatientMatch,
    private readonly catalog: Catalog,
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
    const { reasonId, providerId, patientType, from, to, dayParts, weekdays, noticeMinutes } = body;
    return this.commands.run(tenant, command, async (tx) => {
      const { patient } = await this.match.findOrCreate(
        tenant,
        tx,
        personOf(body.patient, patientType, sessionId, consentsOf(body.consent)),
      );
      const wanted = { reasonId, providerId, patientType, from, to, dayParts, weekdays, noticeMinutes };
      const entry = await this.waitlist.join(tenant, tx, 'widget', { ...wanted, patientId: patient._id });
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

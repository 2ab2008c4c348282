import { Body, Controller, Get, HttpCode, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import {
  canonicalCarrier,
  Catalog,
  eligibleReasons,
  Insurance,
  pairingsOf,
  providersOf,
  visitMinutes,
} from '../catalog/index.js';
import { sendJson, Visitor, WidgetSession, type WidgetPrincipal } from '../http/index.js';
import { CLOCK, localDateOf, notFound, zoneId, type Clock, type TenantScope } from '../kernel/index.js';
import { Availability, SlotDaysView, SlotSearchQuery, wide } from '../scheduling/index.js';
import { Locations } from '../tenants/index.js';
import {
  InsuranceCheck,
  InsuranceCheckView,
  WidgetCarriers,
  WidgetCarriersQuery,
  WidgetProviders,
  WidgetProvidersQuery,
  WidgetReasons,
  WidgetReasonsQuery,
} from './dto/choices.dto.js';

const MOST_CARRIERS = 50;

/** What a visitor can choose from. */
@ApiTags('widget')
@WidgetSession()
@Controller('v1/widget')
export class WidgetChoicesController {
  constructor(
    private readonly catalog: Catalog,
    private readonly insurance: Insurance,
    private readonly availability: Availability,
    private readonly locations: Locations,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get('reasons')
  @ApiOperation({ summary: 'Reasons for visit that this patient may book' })
  @ApiOkResponse({ type: WidgetReasons })
  async reasons(@Visitor() { tenant }: WidgetPrincipal, @Query() query: WidgetReasonsQuery): Promise<WidgetReasons> {
    const [snapshot, today] = await Promise.all([this.catalog.snapshot(tenant), this.today(tenant)]);
    const reasons = eligibleReasons(snapshot.reasons, { ...query, on: today }).filter(
      (reason) => pairingsOf(reason, snapshot).length > 0,
    );
    return {
      data: reasons.map((reason) => {
        const { _id, name, slug, description, showProviders } = reason;
        return { id: _id, name, slug, description, durationMinutes: visitMinutes(reason), showProviders };
      }),
    };
  }

  @Get('providers')
  @ApiOperation({ summary: 'Providers who offer a reason; none when the patient may not choose' })
  @ApiOkResponse({ type: WidgetProviders })
  async providers(
    @Visitor() { tenant }: WidgetPrincipal,
    @Query() { reasonId }: WidgetProvidersQuery,
  ): Promise<WidgetProviders> {
    const snapshot = await this.catalog.snapshot(tenant);
    const reason = snapshot.reasonById.get(reasonId);
    if (!reason?.active) throw notFound('reason');
    const providers = reason.showProviders ? providersOf(reason, snapshot) : [];
    return {
      data: providers.map(({ _id, displayName, role, bio, imageUrl, color }) => ({
        id: _id,
        name: displayName,
        role,
        bio,
        imageUrl,
        color,
      })),
    };
  }

  @Get('carriers')
  @ApiOperation({ summary: "Insurance carriers of the practice's list" })
  @ApiOkResponse({ type: WidgetCarriers })
  async carriers(@Visitor() { tenant }: WidgetPrincipal, @Query() { q }: WidgetCarriersQuery): Promise<WidgetCarriers> {
    const snapshot = await this.catalog.snapshot(tenant);
    const part = canonicalCarrier(q ?? '');
    const fits = snapshot.carriers.filter(
      ({ active, name, aliases }) => active && [name, ...aliases].some((one) => canonicalCarrier(one).includes(part)),
    );
    return { data: fits.slice(0, MOST_CARRIERS).map(({ _id, name }) => ({ id: _id, name })) };
  }

  @Post('insurance-check')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'checkWidgetInsurance',
    summary: "Compare a carrier with the practice's list; not an eligibility check",
  })
  @ApiOkResponse({ type: InsuranceCheckView })
  async check(@Visitor() { tenant }: WidgetPrincipal, @Body() body: InsuranceCheck): Promise<InsuranceCheckView> {
    const { result, message, requiredFields, fields, questions } = await this.insurance.check(tenant, body);
    const askedFields = Object.entries(fields).flatMap(([name, rule]) => (rule === 'off' ? [] : [name]));
    return {
      result,
      message,
      requiredFields: [...requiredFields],
      askedFields,
      questions: questions.map((question) => ({ ...question, choices: [...question.choices] })),
    };
  }

  @Get('slots')
  @ApiOperation({ summary: 'Times that can be booked now' })
  @ApiOkResponse({ type: SlotDaysView })
  async slots(
    @Visitor() { tenant }: WidgetPrincipal,
    @Query() query: SlotSearchQuery,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    sendJson(request, response, await this.availability.answer(tenant, wide(query)));
  }

  private async today(tenant: TenantScope): Promise<string> {
    const [first] = await this.locations.list(tenant, { activeOnly: true });
    return localDateOf(zoneId(first?.zone ?? 'UTC'), this.clock.now());
  }
}

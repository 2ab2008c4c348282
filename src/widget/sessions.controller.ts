import { Body, Controller, Header, Post, Req } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { Catalog } from '../catalog/index.js';
import { Public } from '../http/index.js';
import { WidgetSessions } from '../identity/index.js';
import { formatInstant } from '../kernel/index.js';
import { Practices, Settings } from '../tenants/index.js';
import { OpenWidgetSession, WidgetSessionView } from './dto/session.dto.js';

@ApiTags('widget')
@Controller('v1/widget/sessions')
export class WidgetSessionsController {
  constructor(
    private readonly sessions: WidgetSessions,
    private readonly practices: Practices,
    private readonly settings: Settings,
    private readonly catalog: Catalog,
  ) {}

  /** Public: the publishable key and the Origin are the credential. */
  @Post()
  @Public()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Open a session of the widget',
    description:
      'The token is bound to the Origin that asked and good for the widget API alone, as long as the key is active and lists ' +
      "the origin. A request without an Origin is taken from the platform's own page and from programs whose key allows it.",
  })
  @ApiCreatedResponse({ type: WidgetSessionView })
  async open(@Body() body: OpenWidgetSession, @Req() request: Request): Promise<WidgetSessionView> {
    const { origin } = request.headers;
    const utm = Object.fromEntries(
      Object.entries(body.utm ?? {}).filter(([, value]) => typeof value === 'string'),
    ) as Record<string, string>;
    const asked = { key: body.key, page: withoutQuery(body.page), referrer: withoutQuery(body.referrer), utm };
    const { token, scope, expiresAt } = await this.sessions.open(asked, origin);
    const [practice, { brand, widget, scheduling }, snapshot] = await Promise.all([
      this.practices.own(scope),
      this.settings.effective(scope),
      this.catalog.snapshot(scope),
    ]);
    const { email: _, details: __, ...shown } = brand;
    const { askReferrer, ...options } = widget;
    const referrers = askReferrer
      ? snapshot.referrers.filter(({ active }) => active).map(({ _id, label }) => ({ id: _id, label }))
      : [];
    return {
      token,
      expiresAt: formatInstant(expiresAt),
      practice: { id: practice._id, name: practice.name },
      brand: shown,
      settings: {
        ...options,
        acceptOtherInsurance: snapshot.insuranceSettings.acceptOther,
        referrers,
        confirmMode: scheduling.confirmMode,
      },
    };
  }
}

/** Queries and fragments of pages may hold what is nobody's business. */
function withoutQuery(address: string | undefined): string | undefined {
  if (!address || !URL.canParse(address)) return undefined;
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname}`;
}

import { Controller, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '../http/index.js';
import { PatientLinks } from '../identity/index.js';
import { notFound, type TenantScope } from '../kernel/index.js';
import { WaitlistAnswers, WaitlistOffers } from '../scheduling/index.js';
import { BookingView, VisitParams } from './dto/booking.dto.js';
import { OfferView } from './dto/offer.dto.js';
import { OfferViews } from './offer-view.js';
import { VisitViews } from './visit-view.js';

const ANSWERED = '409 `offer_over` when the time limit has passed or the offer was answered before: a link works once.';

/** The offer of a time by its link. Public: the token of the link is the credential, and it opens nothing but this offer. */
@ApiTags('widget')
@Public()
@Controller('v1/widget/offers/:linkToken')
export class WidgetOffersController {
  constructor(
    private readonly links: PatientLinks,
    private readonly offers: WaitlistOffers,
    private readonly answers: WaitlistAnswers,
    private readonly views: OfferViews,
    private readonly visits: VisitViews,
  ) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'The offered time of a link' })
  @ApiOkResponse({ type: OfferView })
  async get(@Param() params: VisitParams): Promise<OfferView> {
    const { scope, offerId } = await this.offer(params);
    return this.views.of(scope, await this.offers.get(scope, offerId));
  }

  @Post('accept')
  @HttpCode(200)
  @ApiOperation({ summary: 'Take the time: it is booked, or the later visit moves to it', description: ANSWERED })
  @ApiOkResponse({ type: BookingView })
  async accept(@Param() params: VisitParams): Promise<BookingView> {
    const { scope, offerId } = await this.offer(params);
    const answer = { channel: 'link', bookedBy: scope.actor.id } as const;
    return this.answers.accept(scope, offerId, answer, (tx, { appointment }) =>
      this.visits.booked(scope, tx, appointment),
    );
  }

  @Post('decline')
  @HttpCode(200)
  @ApiOperation({ summary: 'Leave the time to the next in line', description: ANSWERED })
  @ApiOkResponse({ type: OfferView })
  async decline(@Param() params: VisitParams): Promise<OfferView> {
    const { scope, offerId } = await this.offer(params);
    return this.views.of(scope, await this.offers.decline(scope, offerId));
  }

  private async offer({ linkToken }: VisitParams): Promise<{ scope: TenantScope; offerId: string }> {
    const link = await this.links.resolveOffer(linkToken);
    if (!link) throw notFound('offer');
    return link;
  }
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Controller, Get, Header, Inject, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { CONFIG, type Config } from '../config/index.js';
import { AnyQuery, Id, OneOf, Public } from '../http/index.js';
import { WidgetKeys } from '../identity/index.js';
import { notFound } from '../kernel/index.js';

const FOLDER = join(__dirname, '..', '..', 'widget', 'public');
const ASSETS = {
  'book.js': 'text/javascript',
  'visit.js': 'text/javascript',
  'offer.js': 'text/javascript',
  'insurance.js': 'text/javascript',
  'page.js': 'text/javascript',
  'practice-word.js': 'text/javascript',
  'book.css': 'text/css',
} as const;
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' https: data:; connect-src 'self'; base-uri 'none'; form-action 'none'";

class BookParams {
  @Id('practice')
  practiceId!: string;
}

class AssetParams {
  @OneOf(Object.keys(ASSETS))
  asset!: keyof typeof ASSETS;
}

/** The hosted pages. Public: they hold nothing but the practice's publishable key. Links to them carry campaign marks. */
@ApiExcludeController()
@Public()
@AnyQuery()
@Controller()
export class WidgetPagesController {
  private readonly files = new Map<string, string>();

  constructor(
    private readonly keys: WidgetKeys,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** The booking page of a practice; `?reason=slug` chooses the reason. */
  @Get('book/:practiceId')
  async book(@Param() { practiceId }: BookParams, @Res() response: Response): Promise<void> {
    const key = await this.keys.ofHostedPage(practiceId);
    if (!key) throw notFound('booking page');
    this.page(response, this.file('book.html').replace('%KEY%', key));
  }

  /** A patient's own visit; the link's token is in the fragment and never reaches the server's logs. */
  @Get('visit')
  visit(@Res() response: Response): void {
    this.page(response, this.file('visit.html'));
  }

  /** A time that is offered to a waiting patient; the token is in the fragment here too. */
  @Get('offer')
  offer(@Res() response: Response): void {
    this.page(response, this.file('offer.html'));
  }

  @Get('widget/:asset')
  @Header('Cache-Control', 'public, max-age=300')
  asset(@Param() { asset }: AssetParams, @Res({ passthrough: true }) response: Response): string {
    response.type(ASSETS[asset]);
    return this.file(asset);
  }

  private page(response: Response, html: string): void {
    response.setHeader('Content-Security-Policy', `${PAGE_POLICY}; frame-ancestors 'self'`);
    response.setHeader('Cache-Control', 'no-store');
    response.type('html').send(html);
  }

  /** Read once; while developing, read afresh. */
  private file(name: string): string {
    const kept = this.files.get(name);
    if (kept !== undefined && this.config.NODE_ENV !== 'development') return kept;
    const text = readFileSync(join(FOLDER, name), 'utf8');
    this.files.set(name, text);
    return text;
  }
}

import { createHmac } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CarrierService, InsuranceSettingsService, ReferrerService } from '../catalog/index.js';
import { CONFIG, type Config } from '../config/index.js';
import { PERMISSIONS } from '../http/index.js';
import { ApiKeys, WidgetKeyRepository } from '../identity/index.js';
import { mintSystemScope, mintTenantScope, newId, CLOCK, type Clock, type TenantScope } from '../kernel/index.js';
import { UnitOfWork, type Tx } from '../persistence/index.js';
import { Connections } from '../plugin-host/index.js';
import { Agencies, Locations, Practices, Settings, SetupSteps } from '../tenants/index.js';
import { CARRIERS, HOURS, LOCATION, REFERRERS, SETTINGS } from './demo-practice.js';
import { DemoBook } from './demo-book.js';

const seeding = mintSystemScope('the demo finds its own widget key again');

export interface Demo {
  widgetKey: string;
  apiKey: string;
  practiceId: string;
  bookingPath: string;
  docsPath: string;
}

/** A believable agency and practice for a first look and for the tour. Running it again finds what the first run made. */
@Injectable()
export class DemoSeed {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly agencies: Agencies,
    private readonly practices: Practices,
    private readonly locations: Locations,
    private readonly settings: Settings,
    private readonly setup: SetupSteps,
    private readonly apiKeys: ApiKeys,
    private readonly widgetKeys: WidgetKeyRepository,
    private readonly book: DemoBook,
    private readonly carriers: CarrierService,
    private readonly insurance: InsuranceSettingsService,
    private readonly referrers: ReferrerService,
    private readonly connections: Connections,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async run(): Promise<Demo> {
    const widgetKey = `oc_pub_${this.secret('widget key').slice(0, 24)}`;
    const apiKey = `oc_test_${this.secret('API key')}`;
    const known = await this.widgetKeys.forSystem(seeding).findOne({ key: widgetKey });
    const practiceId = known?.tenantId ?? (await this.create(widgetKey, apiKey));
    await this.open(mintTenantScope(practiceId, { kind: 'system', id: 'demo' }));
    return { widgetKey, apiKey, practiceId, bookingPath: `/book/${practiceId}`, docsPath: '/docs' };
  }

  /** One transaction: the practice is there whole or not at all. */
  private async create(widgetKey: string, apiKey: string): Promise<string> {
    return this.unitOfWork.run(async (tx) => {
      const { scope: agency } = await this.agencies.create(tx, 'Brightside Dental Group', {
        email: 'admin@brightside.example',
        name: 'Robin Vale',
      });
      const practice = await this.practices.create(agency, tx, 'Lakeview Dental Studio');
      const scope = mintTenantScope(practice._id, agency.actor);
      await this.apiKeys.create(
        agency,
        tx,
        practice._id,
        { name: 'Demo', mode: 'test', permissions: PERMISSIONS.filter((one) => !one.startsWith('agency')) },
        apiKey,
      );
      await this.widgetKeys.forTenant(scope, tx).insert({
        _id: newId('widgetKey', this.clock.now()),
        name: 'Demo site',
        key: widgetKey,
        origins: [],
        allowServerSide: true,
        active: true,
      });
      await this.catalog(scope, tx);
      return practice._id;
    });
  }

  /** Settings and opening; a seed that was cut off is completed by the next one. */
  private async open(scope: TenantScope): Promise<void> {
    if ((await this.practices.own(scope)).liveAt !== null) return this.connect(scope);
    await this.settings.change(scope, SETTINGS);
    await this.insurance.change(scope, {
      acceptOther: true,
      showOtherWarning: true,
      otherWarningText: 'We are not sure that we work with this carrier. We will call you before the visit.',
      showOutOfNetwork: true,
      outOfNetworkText: 'We are out of network with this carrier. You can still book; your share may be higher.',
      askSubscriberId: 'optional',
    });
    await this.connect(scope);
    await this.book.open(scope);
    await this.setup.goLive(scope);
  }

  /** The local mailbox, where a newcomer sees what patients get. Its ports may differ at each start. */
  private async connect(scope: TenantScope): Promise<void> {
    const { SMTP_URL, INBOX_URL } = this.config;
    if (!SMTP_URL || !INBOX_URL) return;
    const smtp = new URL(SMTP_URL);
    const email = {
      host: smtp.hostname,
      port: Number(smtp.port),
      security: 'none',
      fromAddress: 'hello@lakeview.example',
      fromName: 'Lakeview Dental Studio',
    };
    const wanted = [
      { pluginId: 'notify-smtp', name: 'Local mailbox', config: email },
      { pluginId: 'notify-console', name: 'Local text messages', config: { inboxUrl: INBOX_URL } },
    ];
    for (const input of wanted) {
      const channel = input.pluginId === 'notify-smtp' ? 'email' : 'sms';
      const known = await this.connections.of(scope, 'notification', { channel });
      if (known) await this.connections.patch(scope, known._id, { config: input.config });
      else {
        const prepared = await this.connections.prepare(scope, input as never);
        await this.unitOfWork.run((tx) => this.connections.create(scope, tx, prepared));
      }
    }
  }

  private async catalog(scope: TenantScope, tx: Tx): Promise<void> {
    await this.locations.create(scope, tx, { ...LOCATION, hours: HOURS });
    for (const carrier of CARRIERS) await this.carriers.create(scope, tx, carrier);
    for (const label of REFERRERS) await this.referrers.create(scope, tx, { label });
  }

  /** The demo's keys are made from the installation's own secret: the same at each start, and nobody else's. */
  private secret(purpose: string): string {
    const [master] = this.config.MASTER_KEYS.values();
    return createHmac('sha256', master as Buffer)
      .update(`demo ${purpose}`)
      .digest('base64url')
      .replace(/[^A-Za-z0-9]/g, 'x');
  }
}

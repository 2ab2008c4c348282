import { Injectable } from '@nestjs/common';
import { Problem, type TenantScope } from '../kernel/index.js';
import { UnitOfWork } from '../persistence/index.js';
import type { Connection } from '../plugin-host/index.js';
import { Puller } from './pull/puller.js';
import { PmsFailed } from './site/pms-client.js';
import { Sites } from './site/site.js';
import { Sync } from './sync.service.js';

/** Setting a practice up with its practice system in one go, where nobody waits for a worker. */
@Injectable()
export class SyncSetup {
  constructor(
    private readonly sites: Sites,
    private readonly puller: Puller,
    private readonly sync: Sync,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /** Imports everything; a second call finds it done. Throws `unavailable` with the reason when the practice system fails. */
  async import(scope: TenantScope, connection: Connection): Promise<void> {
    const site = await this.sites.of(scope, connection);
    try {
      await this.puller.importAll(site);
    } catch (error) {
      if (!(error instanceof PmsFailed)) throw error;
      throw new Problem('unavailable', `The practice system could not be imported: ${error.reason}.`);
    }
    await this.unitOfWork.run((tx) => this.sync.watch(scope, tx, connection));
  }
}

import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { CONFIG, LOG, type Config, type Log } from '../../config/index.js';
import { mintSystemScope, TZDATA_VERSION, zoneDigests, type TenantScope } from '../../kernel/index.js';
import { isDuplicateKey, UnitOfWork } from '../../persistence/index.js';
import { DueWork } from '../../queues/index.js';
import { Practices } from '../../tenants/index.js';
import { ZoneRulesStates, type ZoneRulesState } from './zone-rules.schema.js';

/** Kind of due work that brings one practice to the rules of this tz database. */
export const FOLLOW_ZONES = 'zones.follow';

const TZDATA = 'tzdata';
const AT_A_TIME = 200;

const platform = mintSystemScope('the tz database is one for all practices');

/** Sees that this version of the software has another tz database, and has every practice looked at. */
@Injectable()
export class ZoneRules implements OnApplicationBootstrap {
  constructor(
    private readonly states: ZoneRulesStates,
    private readonly practices: Practices,
    private readonly work: DueWork,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Who works also looks: a database that was not migrated first is followed up all the same. */
  async onApplicationBootstrap(): Promise<void> {
    if (this.config.ROLE === 'api') return;
    await this.follow().catch((error: unknown) => this.log.error({ err: error }, 'the tz database was not compared'));
  }

  /**
   * Compares the tz database that the stored instants follow with the bundled one. When it is another one, each practice gets
   * work; doing this twice, or from several processes, is doing it once. Returns the number of practices, null for none due.
   */
  async follow(): Promise<{ from: string | null; to: string; practices: number } | null> {
    const before = await this.current();
    if (before?.release === TZDATA_VERSION) return null;
    const from = before?.release ?? null;
    // Work of an earlier change has an earlier number; a release that was taken back and came again has a new one.
    const generation = (before?.version ?? 0) + 1;
    let practices = 0;
    let last: string | null = null;
    for (;;) {
      const scopes: TenantScope[] = await this.practices.scopesAfter(last, AT_A_TIME, FOLLOW_ZONES);
      if (scopes.length === 0) break;
      await this.unitOfWork.run(async (tx) => {
        for (const scope of scopes)
          await this.work.add(scope, tx, [
            { kind: FOLLOW_ZONES, key: `${scope.tenantId}:${generation}`, payload: { from, generation } },
          ]);
      });
      practices += scopes.length;
      last = scopes.at(-1)?.tenantId ?? null;
    }
    await this.keep(before, from);
    return { from, to: TZDATA_VERSION, practices };
  }

  /** The zones that differ from the release before the given change; null when that is not known. */
  async changedIn(generation: number): Promise<ReadonlySet<string> | null> {
    const state = await this.current();
    return state?.changed && state.version === generation ? new Set(state.changed) : null;
  }

  private current(): Promise<ZoneRulesState | null> {
    return this.states.forSystem(platform).findOne({ _id: TZDATA });
  }

  /** Last of all: whoever is cut off before begins anew. */
  private async keep(before: ZoneRulesState | null, previous: string | null): Promise<void> {
    const rows = this.states.forSystem(platform);
    const digests = zoneDigests();
    const changed = before && Object.keys(digests).filter((zone) => digests[zone] !== before.digests[zone]);
    const facts = { release: TZDATA_VERSION, previous, digests, changed };
    if (before) await rows.update({ _id: TZDATA, version: before.version }, { $set: facts });
    else
      await rows.insert({ _id: TZDATA, ...facts }).catch((error: unknown) => {
        if (!isDuplicateKey(error)) throw error;
      });
  }
}

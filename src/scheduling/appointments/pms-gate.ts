import { Injectable } from '@nestjs/common';
import { Question, type TenantScope } from '../../kernel/index.js';

export type PmsState = 'none' | 'up' | 'down';

/** How the practice system of a location is; the room that talks to it, above this one, answers. */
@Injectable()
export class PmsGate extends Question<[scope: TenantScope, locationId: string], Promise<PmsState>> {}

/** Epoch ms up to which the books of practice systems are known here, the oldest of those locations; null when they have none. */
@Injectable()
export class PmsFreshness extends Question<
  [scope: TenantScope, locationIds: readonly string[]],
  Promise<number | null>
> {}

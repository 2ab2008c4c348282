import { Injectable } from '@nestjs/common';
import { Question, type TenantScope } from '../../kernel/index.js';

export type PmsState = 'none' | 'up' | 'down';

/** How the practice system of a location is; the room that talks to it, above this one, answers. */
@Injectable()
export class PmsGate extends Question<[scope: TenantScope, locationId: string], Promise<PmsState>> {}

/** Epoch ms up to which the practice system's book of each location is known here; locations without one are left out. */
@Injectable()
export class PmsFreshness extends Question<[scope: TenantScope], Promise<ReadonlyMap<string, number>>> {}

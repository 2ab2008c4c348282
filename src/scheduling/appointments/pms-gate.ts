import { Injectable } from '@nestjs/common';
import { Question, type TenantScope } from '../../kernel/index.js';

export type PmsState = 'none' | 'up' | 'down';

/** How the practice system of a location is; the room that talks to it, above this one, answers. */
@Injectable()
export class PmsGate extends Question<[scope: TenantScope, locationId: string], Promise<PmsState>> {}

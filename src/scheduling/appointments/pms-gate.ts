import { Injectable } from '@nestjs/common';
import { Question, type TenantScope } from '../../kernel/index.js';

export type PmsState = 'none' | 'up' | 'down';

/** How the practice system of a location is; the room that talks to it, above this one, answers. */
@Injectable()
export class PmsGate extends Question<[scope: TenantScope, locationId: string], Promise<PmsState>> {}

/** Epoch ms up to which the practice system's book of each location is known here; locations without one are left out. */
@Injectable()
export class PmsFreshness extends Question<[scope: TenantScope], Promise<ReadonlyMap<string, number>>> {}

/**
 * Waits for what the practice system says of a new booking: until it has it, has refused it, or did not answer at the first
 * attempt; never longer than the practice lets a visitor wait (§5). Real time; never inside a transaction.
 */
@Injectable()
export class PmsAnswers extends Question<[scope: TenantScope, appointmentId: string], Promise<void>> {}

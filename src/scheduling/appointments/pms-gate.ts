import { Injectable } from '@nestjs/common';
import type { TenantScope } from '../../kernel/index.js';

export type PmsState = 'none' | 'up' | 'down';

/** Asks the room that talks to practice systems, which lies above this one, how the system of a location is. */
@Injectable()
export class PmsGate {
  private ask: (scope: TenantScope, locationId: string) => Promise<PmsState> = () => Promise.resolve('none');

  answerWith(ask: (scope: TenantScope, locationId: string) => Promise<PmsState>): void {
    this.ask = ask;
  }

  state(scope: TenantScope, locationId: string): Promise<PmsState> {
    return this.ask(scope, locationId);
  }
}

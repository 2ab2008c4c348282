import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { addressOf, RateLimits, type Budget } from './rate-limits.js';

/** Every request that passed the authentication takes one from the budget of its credential, or of its address. */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(private readonly limits: RateLimits) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const { principal } = request;
    const name: Budget = principal === undefined ? 'address' : principal.kind === 'widget' ? 'widget' : 'credential';
    const key = principal?.credentialId ?? addressOf(request);
    await this.limits.spend(name, key, context.switchToHttp().getResponse<Response>());
    return true;
  }
}

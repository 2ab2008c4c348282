import { type Call, type PluginDeps, Unauthorized } from '@openchair/plugin-kit';
import type { FhirConfig } from '../config.js';
import { SmartToken } from './smart-token.js';

/** What proves to the server who asks. */
export class Authorization {
  private readonly smart: SmartToken | undefined;
  private last = '';

  constructor(
    private readonly config: FhirConfig,
    deps: Pick<PluginDeps, 'fetch' | 'clock'>,
  ) {
    if (config.auth === 'smart') this.smart = new SmartToken(config, deps);
  }

  async headers(call: Call): Promise<Record<string, string>> {
    const { auth, accessToken } = this.config;
    if (auth === 'none') return {};
    if (auth === 'bearer' && accessToken === undefined) throw new Unauthorized('access_token_missing');
    this.last = this.smart ? await this.smart.get(call) : accessToken!;
    return { authorization: `Bearer ${this.last}` };
  }

  /** After a 401: true when the next request will bear another token, so that it is worth an attempt. */
  renew(): boolean {
    this.smart?.forget(this.last);
    return this.smart !== undefined;
  }
}

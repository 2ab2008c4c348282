import { Injectable } from '@nestjs/common';
import type { ConfigProperty } from '@openchair/plugin-kit';
import { invalid } from '../../kernel/index.js';
import { AddressRefused, OutboundGuard } from '../outbound/outbound-guard.js';
import type { Installed } from '../registry/plugin-registry.js';

/** Whether a property says where a connection goes: whoever may change it gets the secrets sent there. */
export function isAddress(name: string, { format }: ConfigProperty): boolean {
  return name === 'host' || name === 'port' || format === 'uri' || format === 'hostname';
}

/** The addresses that a configuration names. */
@Injectable()
export class ConfiguredAddresses {
  constructor(private readonly guard: OutboundGuard) {}

  /** Throws `invalid_request` for one that may not be used. */
  async check({ plugin }: Installed, config: Readonly<Record<string, unknown>>): Promise<void> {
    for (const [name, value] of Object.entries(config)) {
      if (typeof value !== 'string') continue;
      const uri = plugin.configSchema.properties[name]?.format === 'uri';
      if (name === 'host') await this.reachable(name, () => this.guard.assertHost(value, Number(config['port'] ?? 0)));
      else if (uri) await this.reachable(name, () => this.guard.assertUrl(new URL(value)));
    }
  }

  /** A name that does not resolve now may do so later, and the test of the connection says so; only refusals count here. */
  private async reachable(property: string, check: () => Promise<void>): Promise<void> {
    try {
      await check();
    } catch (error) {
      if (!(error instanceof AddressRefused)) return;
      throw invalid(`/config/${property}`, 'address_refused', `This address may not be used: ${error.message}.`);
    }
  }
}

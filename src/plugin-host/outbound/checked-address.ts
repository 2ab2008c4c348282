import { Rejected, Retryable, type PluginDeps } from '@openchair/plugin-kit';
import { AddressRefused, type OutboundGuard } from './outbound-guard.js';

/** How adapters that open sockets themselves find out whereto: the address that was checked is the one they connect to. */
export function checkedAddress(guard: OutboundGuard): PluginDeps['resolve'] {
  return async (host, port) => {
    const addresses = await guard.resolve(host, port).catch((error: unknown) => {
      if (error instanceof AddressRefused) throw new Rejected('address_refused');
      return [];
    });
    const [first] = addresses;
    if (!first) throw new Retryable('host_not_found', { outcome: 'not_done' });
    return first.address;
  };
}

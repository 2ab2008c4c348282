import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Agent, buildConnector } from 'undici';
import { isPublicAddress } from './addresses.js';

export interface Address {
  address: string;
  family: number;
}

/** Every address of a host name; rejects when there is none. */
export type Resolve = (host: string) => Promise<Address[]>;

const systemResolve: Resolve = (host) => lookup(host, { all: true, verbatim: true });

const CONNECT_MS = 10_000;
const SILENCE_MS = 60_000;
const ENTRY = /^(\[[0-9a-f:.]+\]|[^:]+)(?::(\d{1,5}))?$/;

/** The host is no place that a practice may send us to: a private network, this machine, or an unencrypted one. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

/**
 * Decides where adapters may connect (DESIGN §10). Every address of a host must be public; literal addresses too. The hosts in
 * OUTBOUND_ALLOW are the operator's exceptions, by the name that the URL uses. Decided anew at each connect, on the very
 * addresses that are then connected to, so a name that changes its mind gains nothing.
 */
@Injectable()
export class OutboundGuard implements OnApplicationShutdown {
  private readonly allowed: ReadonlySet<string>;

  /** The agent of all outbound HTTP: its sockets go through `resolve` of this guard. */
  readonly agent = new Agent({
    connect: (options, callback) => this.connect(options, callback),
    headersTimeout: SILENCE_MS,
    bodyTimeout: SILENCE_MS,
  });

  /** @param allow OUTBOUND_ALLOW: `host` or `host:port`, comma-separated. */
  constructor(
    allow: string,
    private readonly resolver: Resolve = systemResolve,
  ) {
    this.allowed = new Set(allow.split(',').flatMap(entryOf));
  }

  /** Whether the operator has made an exception for this host. */
  isAllowed(host: string, port: number): boolean {
    const name = bare(host);
    return this.allowed.has(name) || this.allowed.has(`${name}:${port}`);
  }

  /** The addresses to connect to. Throws {@link AddressRefused}; a name without address throws the resolver's error. */
  async resolve(host: string, port: number): Promise<Address[]> {
    const name = bare(host);
    const family = isIP(name);
    const addresses = family ? [{ address: name, family }] : await this.resolver(name);
    if (this.isAllowed(name, port)) return addresses;
    // One private address among public ones is an attack too: the resolver's order would decide.
    if (addresses.length === 0 || !addresses.every(({ address }) => isPublicAddress(address))) {
      throw new AddressRefused('the host is not on the public internet');
    }
    return addresses;
  }

  /** For what does not speak HTTP, such as SMTP: throws {@link AddressRefused} for a host that may not be reached. */
  async assertHost(host: string, port: number): Promise<void> {
    await this.resolve(host, port);
  }

  /** The same for an http or https address; http only where the operator allows the host. */
  async assertUrl(url: URL): Promise<void> {
    this.assertScheme(url);
    await this.resolve(url.hostname, portOf(url));
  }

  /** Throws {@link AddressRefused} unless the address is https, or http to an allowed host. */
  assertScheme(url: URL): void {
    if (url.protocol === 'https:') return;
    if (url.protocol === 'http:' && this.isAllowed(url.hostname, portOf(url))) return;
    throw new AddressRefused('only https addresses may be called');
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }

  private connect(options: buildConnector.Options, callback: buildConnector.Callback): void {
    const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80);
    this.resolve(options.hostname, port).then(
      (addresses) =>
        buildConnector({
          timeout: CONNECT_MS,
          allowH2: false,
          lookup: pinned(addresses),
        } as buildConnector.BuildOptions)(options, callback),
      (error: Error) => callback(error, null),
    );
  }
}

/** A lookup that answers with the addresses that were checked. */
function pinned(addresses: Address[]): LookupFunction {
  return (_host, options, callback) => {
    const first = addresses[0] as Address;
    if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  };
}

function portOf(url: URL): number {
  return Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
}

/** Lower case, without the brackets of an IPv6 literal and without the root's dot. */
function bare(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

function entryOf(text: string): string[] {
  const match = ENTRY.exec(text.trim().toLowerCase());
  if (!match?.[1]) return [];
  return [match[2] ? `${bare(match[1])}:${match[2]}` : bare(match[1])];
}

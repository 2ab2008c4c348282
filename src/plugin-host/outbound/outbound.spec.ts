import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { toFailure } from '@openchair/plugin-kit';
import { guardedFetch, RESPONSE_LIMIT } from './guarded-fetch.js';
import { AddressRefused, OutboundGuard, type Address } from './outbound-guard.js';

/** What people have written to reach the inside of other services. Each must be refused before any socket is made. */
const REFUSED_HOSTS = [
  // Loopback in every spelling that the URL standard reads as an IPv4 address.
  ...[
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '0177.0.0.1',
    '017700000001',
    '127.255.255.254',
  ],
  ...['0x7f.0x0.0x0.0x1', '0177.0.0.01', '127.0.0.1.', '１２７.0.0.1', '127。0。0。1', '①②⑦.0.0.1'],
  // This host, private networks, carrier NAT, link-local with the clouds' metadata, and the edges of each.
  ...['0.0.0.0', '0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '012.0.0.1', '0xa000001', '167772161'],
  ...[
    '100.64.0.1',
    '100.127.255.254',
    '169.254.169.254',
    '2852039166',
    '0xa9fea9fe',
    '0251.0376.0251.0376',
    '169.254.0.1',
  ],
  ...['172.16.0.1', '172.31.255.254', '192.168.0.1', '192.168.255.255', '3232235521'],
  // Special purposes, documentation, benchmarks, multicast, reserved.
  ...[
    '192.0.0.1',
    '192.0.0.170',
    '192.0.2.1',
    '192.88.99.1',
    '198.18.0.1',
    '198.19.255.254',
    '198.51.100.1',
    '203.0.113.9',
  ],
  ...['224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
  // IPv6: loopback, unspecified, mapped, compatible, translated, tunnelled, local, multicast, documentation.
  ...[
    '[::1]',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::ffff:10.0.0.1]',
    '[::ffff:8.8.8.8]',
  ],
  ...['[0:0:0:0:0:ffff:a9fe:a9fe]', '[::127.0.0.1]', '[::7f00:1]', '[::ffff:0:127.0.0.1]', '[64:ff9b::7f00:1]'],
  ...['[64:ff9b::169.254.169.254]', '[64:ff9b:1::a00:1]', '[2002:7f00:1::]', '[2002:a00:1::1]', '[2001:0:7f00:1::]'],
  ...[
    '[fc00::1]',
    '[fd12:3456:789a::1]',
    '[fd00:ec2::254]',
    '[fe80::1]',
    '[febf::1]',
    '[fec0::1]',
    '[ff02::1]',
    '[ff0e::1]',
  ],
  ...['[100::1]', '[2001:db8::1]', '[2001:10::1]', '[2001:20::1]', '[3fff::1]', '[5f00::1]', '[::ffff:0:0]'],
  // Names.
  ...['localhost', 'LOCALHOST', 'localhost.'],
];

const PUBLIC_HOSTS = ['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '192.169.0.1', '[2606:4700:4700::1111]'];

/** A name server whose answers are at hand. */
function answering(answers: Record<string, string[]>) {
  return async (host: string): Promise<Address[]> =>
    (answers[host] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
}

describe('outbound connections', () => {
  let server: Server;
  let port: number;
  let arrived = 0;
  let sockets = 0;
  const count = () => void (sockets += 1);

  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/redirect') return response.writeHead(302, { location: '/' }).end();
      if (request.url === '/bomb') {
        return response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(RESPONSE_LIMIT + 1)));
      }
      return response.end(`hello ${request.headers['x-key'] ?? ''}`);
    });
    server.on('connection', () => void (arrived += 1));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
    subscribe('net.client.socket', count);
  });

  beforeEach(() => {
    sockets = 0;
    arrived = 0;
  });

  afterAll(async () => {
    unsubscribe('net.client.socket', count);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it(`refuses each of ${REFUSED_HOSTS.length} addresses without a socket, over https and as a host`, async () => {
    expect(REFUSED_HOSTS.length).toBeGreaterThanOrEqual(60);
    const guard = new OutboundGuard('');
    const call = guardedFetch(guard);
    const passed: string[] = [];
    for (const host of REFUSED_HOSTS) {
      const url = `https://${host}:${port}/`;
      const failure = await call(url).then(() => null, toFailure);
      if (failure?.reason !== 'address_refused') passed.push(`${url}: ${failure?.reason}`);
      const asHost = await guard.assertHost(new URL(url).hostname, 25).then(
        () => null,
        (error: Error) => error,
      );
      if (!(asHost instanceof AddressRefused)) passed.push(`${host} as a host: ${String(asHost)}`);
    }
    expect(passed).toEqual([]);
    expect({ sockets, arrived }).toEqual({ sockets: 0, arrived: 0 });
    await guard.onApplicationShutdown();
  });

  it('refuses names by what they resolve to, each time anew, and lets public addresses pass', async () => {
    const answers: Record<string, string[]> = {
      'inside.example': ['10.0.0.7'],
      'mixed.example': ['93.184.216.34', '127.0.0.1'],
      'mapped.example': ['::ffff:127.0.0.1'],
      'scoped.example': ['fe80::1%eth0'],
      'nowhere.example': [],
      'public.example': ['93.184.216.34', '2606:4700::1'],
    };
    const guard = new OutboundGuard('', answering(answers));
    const call = guardedFetch(guard);
    for (const host of Object.keys(answers).filter((name) => name !== 'public.example')) {
      await expect(call(`https://${host}/`)).rejects.toMatchObject({ kind: 'rejected', reason: 'address_refused' });
    }
    await expect(guard.assertHost('public.example', 25)).resolves.toBeUndefined();
    answers['public.example'] = ['127.0.0.1'];
    await expect(call(`https://public.example:${port}/`)).rejects.toMatchObject({ reason: 'address_refused' });
    for (const host of PUBLIC_HOSTS) await expect(guard.assertHost(host, 443)).resolves.toBeUndefined();
    expect(sockets).toBe(0);
    await guard.onApplicationShutdown();
  });

  it('connects to the checked address even when the name changes right after the check', async () => {
    let asked = 0;
    const guard = new OutboundGuard(`rebind.example:${port}`, async () => {
      asked += 1;
      return [{ address: asked === 1 ? '127.0.0.1' : '127.0.0.99', family: 4 }];
    });
    const response = await guardedFetch(guard)(`http://rebind.example:${port}/`);
    expect(await response.text()).toBe('hello ');
    expect(asked).toBe(1);
    await guard.onApplicationShutdown();
  });

  it('keeps to https, allowed hosts and ports, no redirects and 20 MB', async () => {
    const guard = new OutboundGuard(`127.0.0.1:${port}, [::1]:25`);
    const call = guardedFetch(guard);
    const answer = await call(`http://127.0.0.1:${port}/`, { headers: { 'x-key': 'k' } });
    expect({ text: await answer.text(), url: answer.url }).toEqual({
      text: 'hello k',
      url: `http://127.0.0.1:${port}/`,
    });
    expect(guard.isAllowed('[::1]', 25)).toBe(true);
    for (const url of [
      `http://127.0.0.1:${port === 65_535 ? 1 : port + 1}/`,
      'http://example.com/',
      'ftp://example.com/',
      'data:,x',
    ]) {
      await expect(call(url)).rejects.toMatchObject({ reason: 'address_refused' });
    }
    await expect(call(`http://127.0.0.1:${port}/redirect`)).rejects.toThrow('fetch failed');
    const bomb = await call(`http://127.0.0.1:${port}/bomb`);
    await expect(bomb.arrayBuffer()).rejects.toMatchObject({ reason: 'response_too_large' });
    await guard.onApplicationShutdown();
  });
});

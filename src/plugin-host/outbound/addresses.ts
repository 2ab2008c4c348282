import { BlockList, isIP } from 'node:net';

/** IPv4 that is not the public internet: the IANA special-purpose registry, multicast and the reserved rest. */
const REFUSED_V4: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/**
 * Only 2000::/3 is the public internet, so everything else is refused: loopback, mapped and compatible IPv4, NAT64, ULA,
 * link-local, site-local, multicast. Within it these are not public either, or carry an IPv4 address (Teredo, 6to4).
 */
const REFUSED_V6: readonly [string, number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const refusedV4 = new BlockList();
const refusedV6 = new BlockList();
const publicV6 = new BlockList();
for (const [network, bits] of REFUSED_V4) refusedV4.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of REFUSED_V6) refusedV6.addSubnet(network, bits, 'ipv6');
publicV6.addSubnet('2000::', 3, 'ipv6');

/** Whether `address` (as a resolver gives it) is a unicast address of the public internet. Anything unreadable is not. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !refusedV4.check(address, 'ipv4');
    case 6:
      return !address.includes('%') && publicV6.check(address, 'ipv6') && !refusedV6.check(address, 'ipv6');
    default:
      return false;
  }
}

// Matches IP addresses against networks.

import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** An address of the network, and the length of its prefix in bits. */
type Network = [ipaddr.IPv6, prefixBits: number];

const loopbackNetworks = ['127.0.0.0/8', '::1'];

/** Returns whether the text is an address, a network in CIDR notation, or `loopback`. */
export function isNetwork(text: string): boolean {
  if (text === 'loopback') return true;
  const [address = ''] = text.split('/', 1);
  // ipaddr.js also accepts other notations of IPv4, as in `0x7f.1`, and zones, which name interfaces of one machine
  // (RFC 4007, section 11).
  if (isIP(address) === 0 || address.includes('%')) return false;
  return address === text || ipaddr.isValidCIDR(text);
}

/**
 * Creates a function that returns whether an address is in one of the networks. The zone of an address is ignored. Text
 * that is not an address is in none.
 * @param networks each accepted by `isNetwork`
 */
export function createNetworkMatcher(networks: readonly string[]): (address: string) => boolean {
  const parsed = networks.flatMap((name) => (name === 'loopback' ? loopbackNetworks : [name])).map(parseNetwork);
  return (text) => {
    const plain = removeZone(text);
    if (isIP(plain) === 0) return false;
    const address = toIPv6(ipaddr.parse(plain));
    return parsed.some((network) => address.match(network));
  };
}

/**
 * Removes the zone of an IPv6 address, which names an interface of this machine (RFC 4007, section 11): ipaddr.js does
 * not accept all zone names that Node.js accepts.
 */
export function removeZone(address: string): string {
  const end = address.indexOf('%');
  return end < 0 ? address : address.slice(0, end);
}

function parseNetwork(text: string): Network {
  if (!text.includes('/')) return [toIPv6(ipaddr.parse(text)), 128];
  const [address, prefixBits] = ipaddr.parseCIDR(text);
  return [toIPv6(address), address.kind() === 'ipv4' ? 96 + prefixBits : prefixBits];
}

/**
 * Converts an IPv4 address to its IPv4-mapped form (RFC 4291, section 2.5.5.2), in which sockets that listen on both
 * families report it. `toIPv4MappedAddress` formats and parses text, which takes several times as long.
 */
function toIPv6(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv6 {
  if (!('octets' in address)) return address;
  return new ipaddr.IPv6([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...address.octets]);
}

// The network that the rate limits count as one caller.

import ipaddr from 'ipaddr.js';
import { removeZone } from '../../shared/networks.ts';

/**
 * Returns the rate-limit key of an address. An IPv4 address is a key itself. An IPv6 address counts as its /64, the
 * smallest network that one site is assigned (RFC 6177, section 2). An IPv4-mapped IPv6 address (RFC 4291,
 * section 2.5.5.2) counts as the IPv4 address.
 * @param address a valid address; empty if the connection is closed
 */
export function toNetwork(address: string): string {
  if (!address.includes(':')) return address;
  const parsed = ipaddr.IPv6.parse(removeZone(address));
  if (parsed.isIPv4MappedAddress()) return parsed.toIPv4Address().toString();
  const groups = parsed.parts.slice(0, 4).map((group) => group.toString(16));
  return `${groups.join(':')}::/64`;
}

// Tells the addresses of the public internet from all others. What is not known to be public is not.

import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** All that is given out of IPv6 for use by everybody (RFC 4291, section 2.4, and IANA's registry of address space). */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');
/** An IPv4 address behind a translator of the network (NAT64, RFC 6052, section 2.1). */
const translated = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/**
 * Whether an address, as `isIP` of Node accepts it, is one machine that anybody on the internet may reach. Of the
 * blocks in IANA's special-purpose registries (RFC 6890) none is, also where it is routed: nobody there receives
 * webhooks. Where an address of IPv6 has one of IPv4 in it that will be connected to, that one counts. A zone (RFC
 * 4007) names a link of this machine, so an address with one is not public.
 */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return ipaddr.IPv4.parse(address).range() === 'unicast';
  if (!isIPv6(address) || address.includes('%')) return false;
  const parsed = ipaddr.IPv6.parse(address);
  if (parsed.isIPv4MappedAddress() || parsed.match(translated)) {
    return new ipaddr.IPv4(parsed.toByteArray().slice(12)).range() === 'unicast';
  }
  return parsed.match(globalUnicast) && parsed.range() === 'unicast';
}

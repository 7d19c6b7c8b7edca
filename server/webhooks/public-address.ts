// Distinguishes public from all other IP addresses. Only ranges that are known to be public count as public.

import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Global unicast addresses that IANA has allocated (RFC 4291, section 2.4, and IANA's IPv6 address space registry). */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');
/** IPv4 addresses translated by the network (NAT64, RFC 6052, section 2.1). */
const translated = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/**
 * Whether an address is a public unicast address. The blocks of IANA's special-purpose registries (RFC 6890) are not
 * public, including those that are globally routed: they have no webhook receivers. An IPv6 address that maps or
 * translates an IPv4 address is classified by the IPv4 address. An address with a zone (RFC 4007) is local to a link,
 * and not public.
 * @param address an address that `isIP` of Node accepts; all other texts are not public
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

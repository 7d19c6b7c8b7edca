// What an address tells of who is behind it.

/**
 * The network that counts as one caller: an IPv4 address is one, of IPv6 everybody is given a /64 at the least
 * (RFC 6177, section 2). An IPv4 address is the same where it is written as one of IPv6 (RFC 4291, section 2.5.5.2).
 * @param address a valid address
 */
export function toNetwork(address: string): string {
  if (!address.includes(':')) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1] !== undefined) return mapped[1];
  const plain = address.replace(/%.*$/, '').replace(/\d+(\.\d+){3}$/, '0:0');
  const [before = [], after = []] = plain.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  const groups = [...before, ...zeros, ...after].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

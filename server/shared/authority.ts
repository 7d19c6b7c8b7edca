// Authorities: a host and an optional port, as in Host and in absolute request targets (RFC 9110, section 7.2).

/** An IPv6 address in brackets, or a name or IPv4 address; then an optional port (RFC 3986, section 3.2). */
const syntax = /^(?:\[[\da-f:.]+\]|[\w.~!$&'()*+,;=%-]+)(?::(\d*))?$/i;

/** DNS names have at most 253 characters. The limit bounds the cost of decoding internationalized names. */
const maxLength = 260;

type Scheme = 'http:' | 'https:';

/** Returns whether a text is a host and an optional port, without user information. */
export function isAuthority(text: string): boolean {
  if (text.length > maxLength) return false;
  const [match, port = ''] = syntax.exec(text) ?? [];
  return match !== undefined && Number(port) <= 65_535;
}

/**
 * Returns an authority in the form in which equal ones are identical (RFC 9110, section 4.2.3): in lower case, decoded,
 * and without the default port of the scheme. Undefined if it is invalid.
 */
export function normalizeAuthority(text: string, scheme: Scheme): string | undefined {
  return parse(text, scheme)?.host;
}

/**
 * Returns the host of an authority in the same form, without its port and without the dot that makes a name absolute.
 * IPv6 addresses are in brackets. Undefined if the authority is invalid.
 */
export function normalizeHost(text: string): string | undefined {
  return parse(text, 'http:')?.hostname.replace(/\.$/, '');
}

function parse(text: string, scheme: Scheme): URL | undefined {
  return isAuthority(text) ? (URL.parse(`${scheme}//${text}`) ?? undefined) : undefined;
}

// Reads what proxies say of the requests that they hand on, without believing it: the X-Forwarded headers, and where
// there are none the one that was standardised for them (RFC 7239).

import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** One entry a proxy, the nearest last. */
export type ForwardedEntries = {
  /** Undefined where a proxy hides the address, or writes none. */
  addresses: readonly (string | undefined)[];
  protocols: readonly (string | undefined)[];
  hosts: readonly (string | undefined)[];
};

export function parseForwarding(headers: IncomingHttpHeaders): ForwardedEntries {
  const { 'x-forwarded-for': addresses, 'x-forwarded-proto': protocols, 'x-forwarded-host': hosts } = headers;
  // Whoever sets the ones may hand on the other as a caller has made it up.
  if ((addresses ?? protocols ?? hosts) === undefined) return standardForwarding(headers.forwarded ?? '');
  return { addresses: entriesIn(addresses).map(addressIn), protocols: entriesIn(protocols), hosts: entriesIn(hosts) };
}

function entriesIn(header: string | string[] | undefined): string[] {
  const text = String(header ?? '');
  return text === '' ? [] : text.split(',').map((entry) => entry.trim());
}

/** RFC 7239, section 4: elements with commas in between, pairs with semicolons; values may be quoted. */
function standardForwarding(text: string): ForwardedEntries {
  const elements = (text.match(/(?:"(?:[^"\\]|\\.)*"|[^",])+/g) ?? []).map(pairsIn);
  return {
    addresses: elements.map((pairs) => addressIn(pairs.get('for'))),
    protocols: elements.map((pairs) => pairs.get('proto')),
    hosts: elements.map((pairs) => pairs.get('host')),
  };
}

function pairsIn(element: string): Map<string, string> {
  const pairs = element.matchAll(/(?:^|;)\s*(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*))/g);
  return new Map(
    [...pairs].map(([, name = '', quoted, plain = '']) => [
      name.toLowerCase(),
      quoted?.replace(/\\(.)/g, '$1') ?? plain,
    ]),
  );
}

/** An address without its port (section 6); an IPv6 address with a port is in brackets. */
function addressIn(text = ''): string | undefined {
  const [, bracketed, plain = text] = /^(?:\[([^\]]*)\](?::\d+)?|([\d.]+)(?::\d+)?)$/.exec(text) ?? [];
  const address = bracketed ?? plain;
  return isIP(address) === 0 ? undefined : address;
}

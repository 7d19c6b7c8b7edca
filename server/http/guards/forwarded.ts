// Parses the headers in which proxies describe the requests that they forward: X-Forwarded-For, -Proto and -Host, or
// Forwarded (RFC 7239) if none of these is present. Which entries can be trusted is decided in client-address.ts.

import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** One entry per proxy, the nearest proxy last. */
export type ForwardedEntries = {
  /** Undefined if a proxy hides the address, or sends no valid address. */
  addresses: readonly (string | undefined)[];
  protocols: readonly (string | undefined)[];
  hosts: readonly (string | undefined)[];
};

export function parseForwardingHeaders(headers: IncomingHttpHeaders): ForwardedEntries {
  const { 'x-forwarded-for': addresses, 'x-forwarded-proto': protocols, 'x-forwarded-host': hosts } = headers;
  // A proxy that sets X-Forwarded headers may pass on a Forwarded header that the client made up.
  if ((addresses ?? protocols ?? hosts) === undefined) return parseForwarded(headers.forwarded ?? '');
  return {
    addresses: parseEntries(addresses).map(parseAddress),
    protocols: parseEntries(protocols),
    hosts: parseEntries(hosts),
  };
}

function parseEntries(header: string | string[] | undefined): string[] {
  const text = String(header ?? '');
  return text === '' ? [] : text.split(',').map((entry) => entry.trim());
}

/**
 * Parses Forwarded (RFC 7239, section 4): elements are separated by commas, their pairs by semicolons.
 * `forwarded-parse` is not used because it rejects the whole header if one element is malformed: a client could hide
 * its address by sending a malformed element to proxies that append theirs.
 */
function parseForwarded(text: string): ForwardedEntries {
  const elements = splitOutsideQuotes(text, ',').map(parsePairs);
  return {
    addresses: elements.map((pairs) => parseAddress(pairs.get('for'))),
    protocols: elements.map((pairs) => pairs.get('proto')),
    hosts: elements.map((pairs) => pairs.get('host')),
  };
}

function parsePairs(element: string): Map<string, string> {
  return new Map(
    splitOutsideQuotes(element, ';').map((pair) => {
      const [, name = '', quoted, plain = ''] = /^(\w+)=(?:"(.*)"|(.*))$/.exec(pair) ?? [];
      return [name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain];
    }),
  );
}

/**
 * Splits a text at the separators that are not in quoted strings, and drops empty parts (RFC 9110, section 5.6.1). The
 * text is read from the right in linear time: a quote that a client does not close cannot hide what proxies append.
 */
function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = [];
  let end = text.length;
  let isQuoted = false;
  for (let index = text.length - 1; index >= 0; index -= 1) {
    const character = text[index];
    if (character === '"' && !isEscaped(text, index)) isQuoted = !isQuoted;
    if (character !== separator || isQuoted) continue;
    parts.push(text.slice(index + 1, end).trim());
    end = index;
  }
  parts.push(text.slice(0, end).trim());
  return parts.filter((part) => part !== '').reverse();
}

/** Whether an odd number of backslashes precedes a character. */
function isEscaped(text: string, index: number): boolean {
  let start = index;
  while (text[start - 1] === '\\') start -= 1;
  return (index - start) % 2 === 1;
}

/** Returns an address without its port (RFC 7239, section 6). An IPv6 address with a port is in brackets. */
function parseAddress(text = ''): string | undefined {
  const [, bracketed, plain = text] = /^(?:\[([^\]]*)\](?::\d+)?|([\d.]+)(?::\d+)?)$/.exec(text) ?? [];
  const address = bracketed ?? plain;
  return isIP(address) === 0 ? undefined : address;
}

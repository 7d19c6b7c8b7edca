// Says why a URL may not be the target of a webhook, as far as its text tells. Nothing is resolved here: where a name
// leads is checked with each connection (guarded-agents.ts).

import { isIP } from 'node:net';
import { maxUrlLength } from '../../contract/webhook.ts';
import type { TargetRules } from '../config/webhooks.ts';
import { isPublicAddress } from './public-address.ts';

/** Names that mean something else in each network: RFC 6761, 6.3; RFC 6762, 3; RFC 8375; reserved by ICANN in 2024. */
const privateSuffix = /(^|\.)(localhost|local|internal|home\.arpa)$/;

/** Why a URL may not be a target, as a sentence for a person; undefined: it may. */
export function findTargetError(url: string, rules: TargetRules): string | undefined {
  if (url.length > maxUrlLength) return `The URL is longer than ${maxUrlLength} characters.`;
  // A parser of URLs forgives them, and other readers take them for something else.
  if (/[\s\p{Cc}\\]/u.test(url)) return 'The URL has blanks, control characters or backslashes in it.';
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    return 'The URL must be as in https://receiver.example/path.';
  }
  const parsed = new URL(url);
  if (parsed.protocol === 'http:' && !rules.isHttpAllowed) return 'The URL must begin with https://.';
  if (parsed.username !== '' || parsed.password !== '') return 'The URL must not have a user name or password in it.';
  if (url.includes('#')) return 'The URL must not have a fragment (#).';
  return rules.isPrivateAllowed ? undefined : findHostError(getHost(parsed));
}

/** The host of a URL as it is connected to: a name in lower case, or an address in its usual form, without brackets. */
function getHost({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

export function describeAddress(address: string): string {
  return `The address ${address} is not public.`;
}

function findHostError(host: string): string | undefined {
  if (isIP(host) !== 0) return isPublicAddress(host) ? undefined : describeAddress(host);
  // The root may be written at the end (RFC 1034, section 3.1).
  const name = host.replace(/\.$/, '');
  if (name.split('.').includes('')) return `The name ${host} is no name of a host.`;
  if (!name.includes('.') || privateSuffix.test(name)) return `The name ${host} is not public.`;
  return undefined;
}

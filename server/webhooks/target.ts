// Checks whether the text of a URL is allowed as the target of a webhook. Names are not resolved here: their addresses
// are checked for each connection (egress-guard.ts).

import { isIP } from 'node:net';
import { isLongerThan } from '../../contract/schemas/primitives.ts';
import { maxUrlLength } from '../../contract/schemas/webhook.ts';
import type { TargetRules } from '../config/webhooks.ts';
import { isPublicAddress } from './public-address.ts';

/** Names with a different meaning in each network: RFC 6761, 6.3; RFC 6762, 3; RFC 8375; reserved by ICANN in 2024. */
const privateSuffix = /(^|\.)(localhost|local|internal|home\.arpa)$/;

/** Returns why a URL is not allowed as a target, as a sentence, or undefined if it is allowed. */
export function findTargetError(url: string, rules: TargetRules): string | undefined {
  if (isLongerThan(url, maxUrlLength)) return `The URL is longer than ${maxUrlLength} characters.`;
  // URL parsers disagree on these characters: some remove them, others treat them as part of the host.
  if (/[\s\p{Cc}\\]/u.test(url)) return 'The URL contains blanks, control characters or backslashes.';
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    return 'The URL must have the form https://receiver.example/path.';
  }
  const parsed = new URL(url);
  if (parsed.protocol === 'http:' && !rules.isHttpAllowed) return 'The URL must begin with https://.';
  if (parsed.username !== '' || parsed.password !== '') return 'The URL must not contain a user name or password.';
  if (url.includes('#')) return 'The URL must not contain a fragment (#).';
  return rules.isPrivateAllowed ? undefined : findHostError(getHost(parsed));
}

/** Returns the host as it is connected to: a name in lower case, or an address in canonical form without brackets. */
function getHost({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

/** Returns the error sentence for an address that is not public. */
export function describeAddress(address: string): string {
  return `The address ${address} is not public.`;
}

function findHostError(host: string): string | undefined {
  if (isIP(host) !== 0) return isPublicAddress(host) ? undefined : describeAddress(host);
  // A trailing dot is the root domain (RFC 1034, section 3.1).
  const name = host.replace(/\.$/, '');
  if (name.split('.').includes('')) return `The host name ${host} is not valid.`;
  if (!name.includes('.') || privateSuffix.test(name)) return `The host name ${host} is not public.`;
  return undefined;
}

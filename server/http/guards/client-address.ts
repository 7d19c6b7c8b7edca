// Finds out who sends a request past the proxies in front of the service. Only the word of a trusted proxy counts: what
// it says of whoever it speaks for, and so on down the line to the first who is not trusted.

import { BlockList, isIP } from 'node:net';
import type { TrustedProxies } from '../../config/http.ts';
import type { Caller, ServiceRequest } from '../request/request.ts';
import { parseForwarding } from './forwarded.ts';

/** Sets the caller of a request: the client behind the trusted proxies, or the peer of the connection without any. */
export function createCallerResolver(trusted: TrustedProxies | undefined): (request: ServiceRequest) => void {
  if (trusted === undefined) {
    return (request) => {
      request.caller = directCaller(request);
    };
  }
  const isTrusted: IsTrusted =
    typeof trusted === 'number' ? (_, passed) => passed < trusted : createNetworkMatcher(trusted);
  return (request) => {
    request.caller = forwardedCaller(request, isTrusted);
  };
}

/** The sender of a request that comes without a proxy, whatever it says of itself. */
function directCaller({ socket, headers }: ServiceRequest): Caller {
  return { address: socket.remoteAddress ?? '', isSecure: false, host: headers.host ?? '' };
}

/** Whether to believe who has this address, and so many proxies between it and the service. */
type IsTrusted = (address: string, passed: number) => boolean;

function forwardedCaller(request: ServiceRequest, isTrusted: IsTrusted): Caller {
  const direct = directCaller(request);
  const { addresses, protocols, hosts } = parseForwarding(request.headers);
  let { address } = direct;
  let passed = 0;
  while (isTrusted(address, passed)) {
    passed += 1;
    const next = addresses[addresses.length - passed];
    if (next === undefined) break;
    address = next;
  }
  return {
    address,
    isSecure: selectEntry(protocols, passed)?.toLowerCase() === 'https',
    host: selectEntry(hosts, passed) ?? direct.host,
  };
}

/**
 * What the last of the proxies passed has said. Each appends to what it was sent, which can be made up; where there is
 * less, those in between have handed on what it said.
 */
function selectEntry<Entry>(entries: readonly Entry[], passed: number): Entry | undefined {
  return entries[Math.max(0, entries.length - passed)];
}

const loopback = ['127.0.0.0/8', '::1'];

function createNetworkMatcher(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks.flatMap((name) => (name === 'loopback' ? loopback : [name]))) {
    const [address = '', prefix] = network.split('/');
    if (prefix === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(prefix), familyOf(address));
  }
  return (address) => {
    // The address of a link is followed by the name of the link.
    const [plain = ''] = address.split('%', 1);
    return isIP(plain) !== 0 && list.check(plain, familyOf(plain));
  };
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

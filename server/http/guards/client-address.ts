// Finds the client of a request behind proxies. Forwarding headers are read from the right: the entry that a trusted
// proxy added is trusted, and so on to the first address that is not a trusted proxy.

import type { TrustedProxies } from '../../config/http.ts';
import { createNetworkMatcher } from '../../shared/networks.ts';
import type { Caller, ServiceRequest } from '../request/request.ts';
import { parseForwardingHeaders } from './forwarded.ts';

/**
 * Creates the step that sets the caller of a request: the client behind the trusted proxies, or the peer of the
 * connection if there are none.
 */
export function createCallerResolver(trusted: TrustedProxies | undefined): (request: ServiceRequest) => void {
  const isTrusted = trusted === undefined ? undefined : createTrustCheck(trusted);
  return (request) => {
    const peer = toPeer(request);
    request.caller = isTrusted ? findForwardedCaller(request, peer, isTrusted) : peer;
  };
}

/** The peer of the connection. Its forwarding headers are ignored. */
function toPeer({ socket, authority }: ServiceRequest): Caller {
  return { address: socket.remoteAddress ?? '', isSecure: false, host: authority };
}

/** Whether an address with this number of proxies between it and the service is a trusted proxy. */
export type TrustCheck = (address: string, proxyCount: number) => boolean;

/** Creates the check whether an address is a trusted proxy. */
export function createTrustCheck(trusted: TrustedProxies): TrustCheck {
  if (typeof trusted === 'number') return (_address, proxyCount) => proxyCount < trusted;
  return createNetworkMatcher(trusted);
}

function findForwardedCaller(request: ServiceRequest, peer: Caller, isTrusted: TrustCheck): Caller {
  const { addresses, protocols, hosts } = parseForwardingHeaders(request.headers);
  let { address } = peer;
  let proxyCount = 0;
  while (isTrusted(address, proxyCount)) {
    proxyCount += 1;
    const next = addresses[addresses.length - proxyCount];
    if (next === undefined) break;
    address = next;
  }
  return {
    address,
    isSecure: selectEntry(protocols, proxyCount)?.toLowerCase() === 'https',
    host: selectEntry(hosts, proxyCount) ?? peer.host,
  };
}

/**
 * Returns the entry of the last trusted proxy. Proxies append their entries, and the client can have made up those on
 * the left. If there are fewer entries than proxies, the proxies nearer to the service forwarded the header unchanged.
 */
function selectEntry<Entry>(entries: readonly Entry[], proxyCount: number): Entry | undefined {
  return entries[Math.max(0, entries.length - proxyCount)];
}

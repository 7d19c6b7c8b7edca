// Identifies the caller that the limits count.

import type { ServiceRequest } from '../request/request.ts';
import { toNetwork } from './network.ts';

/** Returns the subject of the token or, without authentication, the network of the client. */
export function toCallerKey({ principal, caller }: ServiceRequest): string {
  return principal === undefined ? toNetwork(caller.address) : principal.id;
}

// The id of a request, and the initiator of its commands.

import { randomUUID } from 'node:crypto';
import type { Initiator } from '../../domain/event.ts';
import type { ServiceRequest, ServiceResponse } from './request.ts';

const safeRequestId = /^[\w.:-]{1,64}$/;

/**
 * Assigns the request id and returns it in `X-Request-Id`. The id that the client sent in this header is recorded as
 * well, if it is safe to log. It never becomes the request id: clients can send the id of another request.
 */
export function assignRequestId(request: ServiceRequest, response: ServiceResponse): void {
  const sent = request.headers['x-request-id'];
  if (typeof sent === 'string' && safeRequestId.test(sent)) request.clientRequestId = sent;
  request.id = randomUUID();
  response.setHeader('X-Request-Id', request.id);
}

/** The actor of all requests to a service without authentication. */
export const anonymousId = 'anonymous';

/** Returns the initiator of the commands of a request. */
export function toInitiator({ id, clientRequestId, principal, caller }: ServiceRequest): Initiator {
  const actor = { type: 'user', id: principal?.id ?? anonymousId } as const;
  return { actor, requestId: id, clientRequestId, address: caller.address || null };
}

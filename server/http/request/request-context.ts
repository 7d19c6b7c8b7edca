// The id of a request, and the initiator of its commands.

import { randomUUID } from 'node:crypto';
import type { Initiator } from '../../domain/event.ts';
import type { ServiceRequest, ServiceResponse } from './request.ts';

const safeRequestId = /^[\w.:-]{1,64}$/;

/** Returns the client's request id if it is safe to log, otherwise a new one. */
export function chooseRequestId({ headers }: ServiceRequest): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && safeRequestId.test(given) ? given : randomUUID();
}

/** Assigns the request id and returns it in `X-Request-Id`. */
export function assignRequestId(request: ServiceRequest, response: ServiceResponse): void {
  request.id = chooseRequestId(request);
  response.setHeader('X-Request-Id', request.id);
}

/** The actor of all requests to a service without authentication. */
const anonymousId = 'anonymous';

/** Returns the initiator of the commands of a request. */
export function toInitiator({ id, principal, caller }: ServiceRequest): Initiator {
  const actor = { type: 'user', id: principal?.id ?? anonymousId } as const;
  return { actor, requestId: id, address: caller.address || null };
}

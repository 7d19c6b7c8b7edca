// What is known of a request besides its contents: its id, and who sent it.

import { randomUUID } from 'node:crypto';
import type { Initiator } from '../events/change.ts';
import type { ServiceRequest, ServiceResponse } from './exchange.ts';

const saneRequestId = /^[\w.:-]{1,64}$/;

/** Gives a request its id, which its answer names: the caller's own, where that is harmless to log, else a new one. */
export function identify(request: ServiceRequest, response: ServiceResponse): void {
  const given = request.headers['x-request-id'];
  request.id = typeof given === 'string' && saneRequestId.test(given) ? given : randomUUID();
  response.setHeader('X-Request-Id', request.id);
}

/** Whoever calls a service that asks nobody who they are. */
const anonymous = 'anonymous';

/** Who caused what this request does. */
export function initiatorOf({ id, principal }: ServiceRequest): Initiator {
  return { actor: { type: 'user', id: principal?.id ?? anonymous }, requestId: id };
}

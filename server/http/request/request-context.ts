// What is known of a request besides its contents: its id, and who sent it.

import { randomUUID } from 'node:crypto';
import type { Initiator } from '../../domain/event.ts';
import type { ServiceRequest, ServiceResponse } from './request.ts';

const saneRequestId = /^[\w.:-]{1,64}$/;

/** The id of a request: the caller's own, where that is harmless to log, else a new one. */
export function chooseRequestId({ headers }: ServiceRequest): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && saneRequestId.test(given) ? given : randomUUID();
}

/** Gives a request its id, which its answer names. */
export function assignRequestId(request: ServiceRequest, response: ServiceResponse): void {
  request.id = chooseRequestId(request);
  response.setHeader('X-Request-Id', request.id);
}

/** Whoever calls a service that asks nobody who they are. */
const anonymous = 'anonymous';

/** Who caused what this request does. */
export function toInitiator({ id, principal, caller }: ServiceRequest): Initiator {
  const actor = { type: 'user', id: principal?.id ?? anonymous } as const;
  return { actor, requestId: id, address: caller.address || null };
}

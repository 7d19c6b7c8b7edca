// What is known of a request besides its contents: its id, and who sent it.

import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Initiator } from '../events/change.ts';

const saneRequestId = /^[\w.:-]{1,64}$/;

/** The id that the caller gave, where it is harmless to log and answer, else a new one. */
export function requestIdFrom(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && saneRequestId.test(given) ? given : randomUUID();
}

/** Whoever calls a service that asks nobody who they are. */
const anonymous = { type: 'user', id: 'anonymous' } as const;

/** Who caused what this request does. */
export function initiatorOf(request: IncomingMessage): Initiator {
  return { actor: anonymous, requestId: String(request.id) };
}

// Handlers for the event feed and the event stream.

import type { EventType } from '../../../contract/schemas/events/event.ts';
import type { Scope } from '../../../contract/scopes.ts';
import { createEventFilter } from '../../database/queries/event-filter.ts';
import { findEvents, findHead } from '../../database/queries/events.ts';
import {
  createInvalidRequestProblem,
  createMissingScopeProblem,
  createUnavailableProblem,
} from '../../domain/problem.ts';
import { toPageJson } from '../request/paging.ts';
import type { ServiceRequest } from '../request/request.ts';
import type { Handlers } from '../routing/handler-types.ts';
import type { Services } from './services.ts';

/** Creates the handlers of the `events` routes of the contract. */
export function createEventsHandlers({ store, streams, stopping }: Services): Handlers<'events'> {
  /** @throws RequestProblem `invalid-request` if the position is beyond the latest event */
  const assertReached = (head: number, pointer: string, position: number): void => {
    if (position > head) {
      throw createInvalidRequestProblem([
        { pointer, detail: `is beyond the latest event, which has position ${head}` },
      ]);
    }
  };

  return {
    list: async ({ query: { after, limit, type, orderId }, req, res }) => {
      assertMayRead(req, type);
      const span = { after, upTo: Number.MAX_SAFE_INTEGER, limit };
      const { events } = await findEvents(store, createEventFilter(type, orderId), span, res.maxPageBytes);
      const last = events.at(-1);
      // A page with events proves that the position has been reached, so the head need not be read.
      if (!last && after > 0) assertReached(await findHead(store), '/query/after', after);
      const page = { limit, nextAfter: last?.position ?? after };
      return { status: 200, body: toPageJson(events, page) };
    },

    stream: async ({ query: { after, lastEventId, type, orderId }, headers, req }) => {
      assertMayRead(req, type);
      if (stopping.aborted) throw createUnavailableProblem('The service is stopping.');
      const head = await findHead(store);
      const header = headers['last-event-id'];
      const position = header ?? lastEventId ?? after ?? head;
      const queryPointer = lastEventId === undefined ? '/query/after' : '/query/lastEventId';
      assertReached(head, header === undefined ? queryPointer : '/header/last-event-id', position);
      const filter = createEventFilter(type, orderId);
      return { status: 200, body: { writeTo: (response) => streams.open(response, filter, position) } };
    },
  };
}

/** @throws RequestProblem `forbidden` if types of webhook events are named and the caller may not manage webhooks */
function assertMayRead({ principal }: ServiceRequest, types: readonly EventType[] = []): void {
  const scope: Scope = 'webhooks:manage';
  if (principal === undefined || principal.scopes.has(scope)) return;
  const type = types.find((name) => name.startsWith('webhook.'));
  if (type !== undefined) throw createMissingScopeProblem(scope, `The event type '${type}'`);
}

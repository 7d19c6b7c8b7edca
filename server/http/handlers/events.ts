// Handlers for the event feed and the event stream.

import { createEventFilter } from '../../database/queries/event-filter.ts';
import { findEvents, findHead } from '../../database/queries/events.ts';
import { createInvalidRequestProblem, createUnavailableProblem } from '../../domain/problem.ts';
import { toPageJson } from '../request/paging.ts';
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
    list: async ({ query: { after, limit, type, orderId } }) => {
      const span = { after, upTo: Number.MAX_SAFE_INTEGER, limit };
      const { events } = await findEvents(store, createEventFilter(type, orderId), span);
      const last = events.at(-1);
      // A page with events proves that the position has been reached, so the head need not be read.
      if (!last && after > 0) assertReached(await findHead(store), '/query/after', after);
      const page = { limit, nextAfter: last?.position ?? after };
      return { status: 200, body: toPageJson(events, page) };
    },

    stream: async ({ query: { after, lastEventId, type, orderId }, headers }) => {
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

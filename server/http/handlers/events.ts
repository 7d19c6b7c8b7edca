// The handlers of the log.

import { createEventFilter } from '../../database/queries/event-filter.ts';
import { findEvents, findHead } from '../../database/queries/events.ts';
import { invalidRequest, unavailable } from '../../domain/problem.ts';
import { JsonText, joinJson } from '../../shared/json-text.ts';
import type { Handlers } from '../routing/handler-types.ts';
import type { Services } from './services.ts';

export function eventsHandlers({ store, streams, stopping }: Services): Handlers<'events'> {
  /** @throws ProblemError `invalid-request`: a position that has not been reached yet */
  const refuseBeyond = (head: number, pointer: string, position: number): void => {
    if (position > head) {
      throw invalidRequest([{ pointer, detail: `lies beyond the latest event, whose position is ${head}` }]);
    }
  };

  return {
    list: async ({ query: { after, limit, type, orderId } }) => {
      const span = { after, upTo: Number.MAX_SAFE_INTEGER, limit };
      const events = await findEvents(store, createEventFilter(type, orderId), span);
      const last = events.at(-1);
      // Whoever gets something has asked for less than there is.
      if (!last && after > 0) refuseBeyond(await findHead(store), '/query/after', after);
      const page = { limit, nextAfter: last?.position ?? after };
      const data = joinJson(events.map(({ json }) => json));
      return { status: 200, body: new JsonText(`{"data":${data.text},"page":${JSON.stringify(page)}}`) };
    },

    stream: async ({ query: { after, type, orderId }, headers: { 'last-event-id': latest } }) => {
      if (stopping.aborted) throw unavailable('The service is stopping.');
      const head = await findHead(store);
      const position = latest ?? after ?? head;
      refuseBeyond(head, latest === undefined ? '/query/after' : '/header/last-event-id', position);
      const filter = createEventFilter(type, orderId);
      return { status: 200, body: { writeTo: (response) => streams.open(response, filter, position) } };
    },
  };
}

// The routes of the event log: the feed, which clients poll, and the stream, which pushes new events.

import { z } from 'zod';
import { eventStreamType } from '../media-types.ts';
import { type Event, event, eventTypes } from '../schemas/events/event.ts';
import { orderEventExample } from '../schemas/events/order-event.ts';
import { limitParameter, maxLimit } from '../schemas/page.ts';
import { idParameter, integerParameter, listParameter } from '../schemas/primitives.ts';
import { streamSchema } from '../schemas/stream.ts';
import { contractBuilder, metadata, problems } from './route.ts';

function positionParameter(description: string) {
  return integerParameter(0, Number.MAX_SAFE_INTEGER, description);
}

const filters = {
  type: listParameter(eventTypes)
    .optional()
    .meta({
      description:
        'Return only events of these types: one or more, repeated or separated by commas. By default, all events of orders. ' +
        'Events of webhooks must be named, and require the scope `webhooks:manage`.',
    }),
  orderId: idParameter('Return only events of this order').optional(),
};

const feedQuery = z.strictObject({
  after: positionParameter('Return only events after this position').default(0),
  limit: limitParameter,
  ...filters,
});

const streamQuery = z.strictObject({
  after: positionParameter('Start after this position. Without it, the stream starts with new events.').optional(),
  lastEventId: positionParameter(
    'The same as the header `Last-Event-ID`, for clients that cannot set headers. Takes precedence over `after`; the ' +
      'header takes precedence over both.',
  ).optional(),
  ...filters,
});

const streamHeaders = z.object({
  // The id of an event is a text in the standard of event streams, and a header is one in most generated clients.
  'last-event-id': positionParameter('The `id` of the last message received. Takes precedence over `after`.')
    .meta({ type: 'string', minimum: undefined, maximum: undefined, pattern: '^(0|[1-9][0-9]{0,15})$' })
    .optional(),
});

const feedPage = z
  .object({
    data: z.array(event),
    page: z
      .object({
        limit: z.int().min(1).max(maxLimit).meta({ description: 'The maximum number of events of the page' }),
        nextAfter: z
          .int()
          .min(0)
          .meta({ description: 'The value of `after` for the next request, also if `data` is empty' }),
      })
      .meta({
        title: 'FeedPosition',
        description: 'The position of a page in the event log',
        example: { limit: 10, nextAfter: 1 },
      }),
  })
  .meta({
    title: 'EventFeed',
    description: 'A page of the event log',
  });

const streamExample = `retry: 2000
id: 0

id: 1
event: order.created
data: ${JSON.stringify(orderEventExample)}

event: end
data: {"reason":"shutdown","detail":"The service is stopping."}

`;

const streamDescription = `\
Returns server-sent events. Each message has the position as \`id\`, the type as \`event\`, and the event as one line \
of JSON as \`data\`. The stream starts after the position in \`Last-Event-ID\`, \`lastEventId\` or \`after\`, and \
continues with new events without gaps or duplicates. Without any of them, it starts with new events. The first block \
contains only \`retry\` \
and an \`id\`, the start position, so that a client that loses the connection before the first event can resume too.

The service sends a comment every 15 seconds while there are no events. Before the service ends a stream, it sends a \
last message with the event \`end\` and a \`reason\`: \`slow-reader\` (too much unread data is buffered), \
\`token-expired\` or \`shutdown\`. In each case, reconnect after the time of the latest \`retry\` and resume with the \
\`id\` of the last message. A position beyond the end of the log is rejected with 400.`;

/** The routes of the event log. */
export const eventsRoutes = contractBuilder.router({
  list: {
    method: 'GET',
    path: '/events',
    summary: 'List events',
    description:
      'Returns every change of every order, in commit order, and on request the changes of webhooks. Use `nextAfter` as `after` of the next request to get ' +
      'newer events. A page ends at `limit` events or at about 1 MiB, so only an empty page is the end of the log. ' +
      'A position beyond the end of the log is rejected with 400.',
    query: feedQuery,
    responses: { 200: feedPage, ...problems() },
    metadata: metadata('Events', 'orders:read'),
  },
  stream: {
    method: 'GET',
    path: '/events/stream',
    summary: 'Stream events',
    description: streamDescription,
    headers: streamHeaders,
    query: streamQuery,
    responses: {
      200: contractBuilder.otherResponse({
        contentType: eventStreamType,
        body: streamSchema<Event>(event, streamExample),
      }),
      ...problems(),
    },
    metadata: metadata('Events', 'orders:read'),
  },
});

// The routes of the log: its feed, for whoever asks again and again, and its stream, for whoever wants to be told.

import { z } from 'zod';
import { type Event, event, eventExample, eventTypes } from './event.ts';
import { limitParameter, maxLimit } from './page.ts';
import { idParameter, integerParameter, listParameter } from './primitives.ts';
import { contractBuilder, metadata, problems } from './route.ts';
import { eventStreamType, streamSchema } from './stream.ts';

function positionParameter(description: string) {
  return integerParameter(0, Number.MAX_SAFE_INTEGER, description);
}

const filters = {
  type: listParameter(eventTypes).optional().meta({ description: 'One or more, separated by commas' }),
  orderId: idParameter('Only the events of this order').optional(),
};

const feedQuery = z.strictObject({
  after: positionParameter('The position after which to begin; 0, the beginning, where nothing is said').default(0),
  limit: limitParameter,
  ...filters,
});

const streamQuery = z.strictObject({
  after: positionParameter(
    'The position after which to begin; where nothing is said, with what happens now',
  ).optional(),
  ...filters,
});

const streamHeaders = z.object({
  'last-event-id': positionParameter('The `id` of the last message that was seen; wins over `after`').optional(),
});

const feedPage = z
  .object({
    data: z.array(event),
    page: z
      .object({
        limit: z.int().min(1).max(maxLimit),
        nextAfter: z.int().min(0).meta({ description: 'What to ask for next as `after`, also where nothing has come' }),
      })
      .meta({ title: 'FeedPosition' }),
  })
  .meta({ title: 'EventFeed', example: { data: [eventExample], page: { limit: 10, nextAfter: 1 } } });

const streamExample = `retry: 2000
id: 0

id: 1
event: order.created
data: ${JSON.stringify(eventExample)}

event: end
data: {"reason":"shutdown","detail":"The service is stopping."}

`;

const streamDescription = `\
Server-sent events: each has the position as \`id\`, the type as \`event\`, and the event as one line of JSON as \
\`data\`. The stream begins with what was written after \`Last-Event-ID\` or \`after\`, and goes on, without a gap and \
without a repetition, with what happens from then on. Where neither is given, it begins with what happens from now on. \
Its first block has only an \`id\`, the position at which it begins, and \`retry\`: so whoever loses the connection \
before the first event can resume as well.

Comments are sent while nothing happens, every 15 seconds. Where the service ends a stream it says why, in a last \
message with the event \`end\` and a \`reason\`: \`slow-reader\`, since what was waiting to be read has become too \
much; \`token-expired\`; or \`shutdown\`. In each case the reader connects again, after the time that the latest \
\`retry\` has named, and resumes by the \`id\` of its last message. A position that has not been reached yet is \
refused.`;

export const eventsRoutes = contractBuilder.router({
  list: {
    method: 'GET',
    path: '/events',
    summary: 'Read the log',
    description:
      'Every change of every order, in the order in which they were committed. Ask again with `nextAfter` for what has ' +
      'come since. A position that has not been reached yet is refused.',
    query: feedQuery,
    responses: { 200: feedPage, ...problems() },
    metadata: metadata('Events', 'orders:read'),
  },
  stream: {
    method: 'GET',
    path: '/events/stream',
    summary: 'Follow the log',
    description: streamDescription,
    headers: streamHeaders,
    query: streamQuery,
    responses: {
      200: contractBuilder.otherResponse({ contentType: eventStreamType, body: streamSchema<Event>(streamExample) }),
      ...problems(),
    },
    metadata: metadata('Events', 'orders:read'),
  },
});

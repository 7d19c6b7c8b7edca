// The type of a stream of server-sent events (HTML standard, section 9.2): text in the response, and a sequence of
// typed messages for the SDK.

import { z } from 'zod';

/** The media type of server-sent events. */
export const eventStreamType = 'text/event-stream';

/** The text of a stream of these messages. `messages` exists only at compile time. */
export type StreamText<Message> = string & { readonly messages?: Message };

/** The schema of a stream of these messages, with an example of its text. */
export function streamSchema<Message>(example: string): z.ZodType<StreamText<Message>, StreamText<Message>> {
  return z.string().meta({ example });
}

/** The reasons why the service ends a stream. Clients reconnect and resume with the id of the last message. */
const streamEndReasons = ['slow-reader', 'token-expired', 'shutdown'] as const;

/** The data of the last message of a stream, whose event is `end`. */
export const streamEnd = z.object({ reason: z.enum(streamEndReasons), detail: z.string() }).meta({
  title: 'StreamEnd',
  example: { reason: 'shutdown', detail: 'The service is stopping.' },
});

/** See {@link streamEnd}. */
export type StreamEnd = z.infer<typeof streamEnd>;

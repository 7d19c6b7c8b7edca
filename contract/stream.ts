// What a stream of server-sent events is in the contract: text on the wire (HTML standard, section 9.2), and for
// whoever takes it apart a sequence of messages.

import { z } from 'zod';

export const eventStreamType = 'text/event-stream';

/** The text of a stream whose messages are these. Only the compiler knows of them. */
export type StreamText<Message> = string & { readonly messages?: Message };

/** The body of a stream of such messages, with an example of its text. */
export function streamSchema<Message>(example: string): z.ZodType<StreamText<Message>, StreamText<Message>> {
  return z.string().meta({ example });
}

/** Why the service ends a stream. Whoever was ended goes on where it has stopped, by the id of its last message. */
const streamEndReasons = ['slow-reader', 'token-expired', 'shutdown'] as const;

/** The data of the last message, whose event is `end`. */
export const streamEnd = z.object({ reason: z.enum(streamEndReasons), detail: z.string() }).meta({
  title: 'StreamEnd',
  example: { reason: 'shutdown', detail: 'The service is stopping.' },
});

export type StreamEnd = z.infer<typeof streamEnd>;

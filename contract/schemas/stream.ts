// The type of a stream of server-sent events (HTML standard, section 9.2): text in the response, and a sequence of
// typed messages for the SDK.

import { z } from 'zod';

/** The text of a stream of these messages. `messages` exists only at compile time. */
export type StreamText<Message> = string & { readonly messages?: Message };

/** Schema of a stream → the schema of its messages. */
export const streamMessages = new WeakMap<object, z.ZodType>();

/** The schema of a stream of these messages, with an example of its text. */
export function streamSchema<Message>(
  message: z.ZodType,
  example: string,
): z.ZodType<StreamText<Message>, StreamText<Message>> {
  const schema = z.string().meta({ example });
  streamMessages.set(schema, message);
  return schema;
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

// The fields that all events have.

import { z } from 'zod';
import { actor } from '../actor.ts';
import { timestamp } from '../primitives.ts';

/** The fields of every event, besides its type. */
export const eventBase = z
  .object({
    id: z.uuidv7().meta({ description: 'UUIDv7 (RFC 9562)' }),
    position: z
      .int()
      .min(1)
      .meta({ description: 'Position in the log. Increases in commit order across all events. May have gaps.' }),
    timestamp,
    actor,
    requestId: z.string().nullable().meta({
      description: 'Id that the service assigned to the request that caused the event, or null',
    }),
    clientRequestId: z.string().nullable().meta({
      description: 'The `X-Request-Id` that the client sent with this request, or null. It need not be unique.',
    }),
  })
  .meta({ title: 'EventBase', description: 'The fields of every event' });

/** Returns the schemas of the fields that events of this type share with all others. */
export function eventFields<const Type extends string>(type: Type) {
  const { id, position, ...others } = eventBase.shape;
  return { id, position, type: z.literal(type), ...others };
}

// Events before they are appended to the log, and the initiator that is recorded with them.

import type { Actor } from '../../contract/schemas/actor.ts';
import type { EventData, EventType } from '../../contract/schemas/event.ts';

/** Who caused a command, and in which request. Recorded with every event of the command. */
export type Initiator = {
  actor: Actor;
  requestId: string | null;
  /** The request id that the client chose. It identifies nothing: other requests can have the same. */
  clientRequestId: string | null;
  /** The client's network address. */
  address: string | null;
};

/** The initiator of commands that the service issues itself. */
export const systemInitiator: Initiator = {
  actor: { type: 'system', id: 'validation' },
  requestId: null,
  clientRequestId: null,
  address: null,
};

/** The type of an event and its data. */
export type EventContent = { [Type in EventType]: { type: Type; data: EventData<Type> } }[EventType];

/** An event before the log assigns its id and position. */
export type EventDraft = EventContent &
  Initiator & {
    /** RFC 3339, UTC, milliseconds. */
    timestamp: string;
    orderId: number;
    /** Equals the version of the order that the event created. */
    sequence: number;
  };

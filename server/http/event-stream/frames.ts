// The text of a stream of server-sent events (HTML standard, section 9.2.6).

import type { StreamEnd } from '../../../contract/stream.ts';
import type { SerializedEvent } from '../../database/mapping/event.ts';

/** JSON has no line breaks in it, so that an event is one line of data. */
export function toFrames(events: readonly SerializedEvent[]): Buffer {
  let text = '';
  for (const { position, type, json } of events) text += `id: ${position}\nevent: ${type}\ndata: ${json.text}\n\n`;
  return Buffer.from(text);
}

/**
 * A block without data is no message, but its id counts (section 9.2.6): whoever is lost before the first can resume.
 */
export function openingFrame(position: number, retryMs: number): string {
  return `retry: ${retryMs}\nid: ${position}\n\n`;
}

/** The last message. `retryMs`, where given, is when to come back. */
export function endFrame(end: StreamEnd, retryMs: number | undefined): string {
  const retry = retryMs === undefined ? '' : `retry: ${retryMs}\n`;
  return `${retry}event: end\ndata: ${JSON.stringify(end)}\n\n`;
}

/** A comment: it keeps the connection, and shows that it is there. */
export const heartbeat = Buffer.from(':\n\n');

// The wire format of server-sent events (HTML standard, section 9.2.6).

import type { StreamEnd } from '../../../contract/schemas/stream.ts';
import type { SerializedEvent } from '../../database/mapping/event.ts';

/** Encodes events, one message each. Serialized JSON has no line breaks, so an event fits one `data` line. */
export function toFrames(events: readonly SerializedEvent[]): Buffer {
  let text = '';
  for (const { position, type, json } of events) text += `id: ${position}\nevent: ${type}\ndata: ${json.text}\n\n`;
  return Buffer.from(text);
}

/**
 * Returns the first block of a stream. It has no data, so clients dispatch no message, but they store its id (section
 * 9.2.6). A client that loses the connection before the first event can therefore resume.
 */
export function renderOpeningFrame(position: number, retryMs: number): string {
  return `retry: ${retryMs}\nid: ${position}\n\n`;
}

/** Returns the last message. `retryMs` overrides the delay after which the client reconnects. */
export function endFrame(end: StreamEnd, retryMs: number | undefined): string {
  const retry = retryMs === undefined ? '' : `retry: ${retryMs}\n`;
  return `${retry}event: end\ndata: ${JSON.stringify(end)}\n\n`;
}

/** A comment. It keeps idle connections open through proxies. */
export const heartbeat = Buffer.from(':\n\n');

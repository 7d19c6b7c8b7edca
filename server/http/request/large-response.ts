// Sends large responses piece by piece. Encoding and sending a megabyte takes milliseconds; between its pieces,
// requests of others are served.

import { splitText } from '../../shared/json-text.ts';
import { TurnQueue } from '../../shared/turn-queue.ts';

/** The part of `ServiceResponse` that is used here. Importing the class would be an import cycle. */
type WritableResponse = {
  readonly destroyed: boolean;
  readonly writableLength: number;
  readonly writableNeedDrain: boolean;
  readonly account: { record(response: WritableResponse, bytes: number): void } | undefined;
  readonly endTurn: (() => void) | undefined;
  write(bytes: Buffer): boolean;
  endWith(text: string): void;
  on(event: 'drain' | 'close', listener: () => void): WritableResponse;
  off(event: 'drain' | 'close', listener: () => void): WritableResponse;
};

/** The characters of large responses that are encoded and sent in one turn of the event loop. */
const pieceLength = 32_000;

/** Large responses that are being sent take turns. There is one queue, because a process has one event loop. */
const pieces = new TurnQueue();

/**
 * Ends a response with a text at the speed of its reader. What the reader has not taken counts as unread.
 * @param parts the text, in parts
 * @param bytes the length of the encoded text
 */
export async function endInPieces(response: WritableResponse, parts: readonly string[], bytes: number): Promise<void> {
  let unsentBytes = bytes;
  for (const text of splitText(parts, pieceLength)) {
    if (unsentBytes < bytes) await pieces.next();
    // The operating system has taken the previous piece by now, unless the client does not read.
    if (response.writableNeedDrain) await waitForReader(response, unsentBytes);
    if (response.destroyed) break;
    const piece = Buffer.from(text);
    response.write(piece);
    unsentBytes -= piece.length;
  }
  response.endWith('');
}

async function waitForReader(response: WritableResponse, unsentBytes: number): Promise<void> {
  response.account?.record(response, unsentBytes + response.writableLength);
  response.endTurn?.();
  await waitForDrain(response);
  response.account?.record(response, 0);
}

function waitForDrain(response: WritableResponse): Promise<void> | undefined {
  if (response.destroyed) return undefined;
  return new Promise((resolve) => {
    const settle = () => {
      response.off('drain', settle).off('close', settle);
      resolve();
    };
    response.on('drain', settle).on('close', settle);
  });
}

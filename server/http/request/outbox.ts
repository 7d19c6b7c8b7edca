// Answers that go out together at the end of a turn of the event loop. Many requests come in with one turn, and to send
// an answer is a call of the system that costs more than to make it: one after the other, undisturbed, these cost less.

import type { ServerResponse } from 'node:http';

type Letter = { response: ServerResponse; text: string };

/** Those of this turn. There is one event loop, and so one outbox. */
let outbox: Letter[] = [];

/** Ends a response with this text when everything that has arrived with this turn has been looked at. */
export function endWithTurn(response: ServerResponse, text: string): void {
  outbox.push({ response, text });
  if (outbox.length === 1) setImmediate(empty);
}

function empty(): void {
  const letters = outbox;
  outbox = [];
  for (const { response, text } of letters) {
    try {
      if (!response.writableEnded) response.end(text);
    } catch (error) {
      // The others have nothing to do with it.
      response.destroy(error instanceof Error ? error : undefined);
    }
  }
}

// Sends the responses of one event-loop turn together at its end. Sending costs a system call, which is cheaper when
// many are made in a row.

import type { ServerResponse } from 'node:http';

type PendingResponse = { response: ServerResponse; text: string };

/** The responses of this turn. There is one event loop, and so one outbox. */
let outbox: PendingResponse[] = [];

/** Ends a response when all input of this turn has been processed. */
export function endWithTurn(response: ServerResponse, text: string): void {
  outbox.push({ response, text });
  if (outbox.length === 1) setImmediate(flush);
}

function flush(): void {
  const pending = outbox;
  outbox = [];
  for (const { response, text } of pending) {
    try {
      if (!response.writableEnded) response.end(text);
    } catch (error) {
      // The other responses are not affected.
      response.destroy(error instanceof Error ? error : undefined);
    }
  }
}

// Sends the responses of one turn of the event loop together at its end. Many requests arrive in one turn, and the
// system call that sends a response takes longer than creating it. Executed one after the other, without other code in
// between, these calls take about a quarter less CPU time per request (32 connections, one order each).

/** A response as far as the batch uses it. */
type EndableResponse = {
  readonly writableEnded: boolean;
  endWith(text: string): void;
  destroy(error?: Error): unknown;
};

type PendingResponse = { response: EndableResponse; text: string };

/** The responses of the current turn. There is one batch, because a process has one event loop. */
let batch: PendingResponse[] = [];

/** Ends a response with this text at the end of the current turn of the event loop. */
export function endInBatch(response: EndableResponse, text: string): void {
  batch.push({ response, text });
  if (batch.length === 1) setImmediate(flushBatch);
}

function flushBatch(): void {
  const pending = batch;
  batch = [];
  for (const { response, text } of pending) {
    try {
      if (!response.writableEnded) response.endWith(text);
    } catch (error) {
      // An error of one response must not affect the others.
      response.destroy(error instanceof Error ? error : undefined);
    }
  }
}

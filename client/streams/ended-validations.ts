// One event stream for all waits of a client: browsers and the service limit the number of open connections.

import type { Operations } from '../generated/operations.ts';
import type { EventsStreamInput } from '../generated/types.ts';

/** The events that end a validation. */
const endTypes = ['order.validated', 'order.rejected', 'order.validation_dead'] as const;

/** A wait for the validation of an order. */
type Waiter = {
  readonly orderId: number;
  /** Called when a validation of the order may have ended. */
  readonly wake: () => void;
};

/** Wakes waiters when validations end. The stream is open while there are waiters. */
export class EndedValidations {
  readonly #operations: Operations;
  readonly #waiters = new Set<Waiter>();
  #stream: AbortController | undefined;
  #isOpen = false;

  constructor(operations: Operations) {
    this.#operations = operations;
  }

  /** Whether ends are reported at once. Otherwise, waiters have to read. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * Wakes the waiter until the returned function is called, and now if the stream is open: the waiter may have missed
   * an end.
   */
  subscribe(waiter: Waiter): () => void {
    this.#waiters.add(waiter);
    if (this.#isOpen) waiter.wake();
    if (!this.#stream) void this.#follow();
    return () => {
      this.#waiters.delete(waiter);
      if (this.#waiters.size === 0) this.#close();
    };
  }

  #close(): void {
    this.#stream?.abort();
    this.#stream = undefined;
    this.#isOpen = false;
  }

  async #follow(): Promise<void> {
    const stream = new AbortController();
    this.#stream = stream;
    const options = { signal: stream.signal, onOpen: () => this.#setOpen(true), onLost: () => this.#setOpen(false) };
    const input: EventsStreamInput = { type: endTypes };
    try {
      for await (const { orderId } of this.#operations.events.stream(input, options)) {
        this.#wake((waiter) => waiter.orderId === orderId);
      }
    } catch {
      // The last wait has ended, or the caller may not open streams: the next wait after the current ones tries again.
      if (this.#stream === stream) this.#isOpen = false;
    }
  }

  #setOpen(isOpen: boolean): void {
    this.#isOpen = isOpen;
    if (isOpen) this.#wake(() => true);
  }

  #wake(isMeant: (waiter: Waiter) => boolean): void {
    for (const waiter of this.#waiters) if (isMeant(waiter)) waiter.wake();
  }
}

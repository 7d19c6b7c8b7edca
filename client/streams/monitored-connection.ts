// Detects lost connections that no error reports: aborts a connection that receives no data for too long.

import { ConnectionError } from '../errors.ts';
import { LinkedController } from '../linked-controller.ts';

const defaultSilenceMs = 45_000;

type MonitorOptions = {
  signal?: AbortSignal | undefined;
  /** Time without data after which the connection counts as lost, in milliseconds. @default 45,000 */
  silenceMs?: number | undefined;
};

/** A connection that is aborted by the signal of its reader, or when it receives no data for `silenceMs`. */
export class MonitoredConnection {
  readonly #controller: LinkedController;
  readonly #silenceMs: number;

  constructor({ signal, silenceMs = defaultSilenceMs }: MonitorOptions) {
    this.#silenceMs = silenceMs;
    this.#controller = new LinkedController(signal);
  }

  /**
   * Waits for one read. The time limit applies to reads only, so that a slow consumer of messages does not lose the
   * connection.
   */
  async wait<Result>(read: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const silence = new ConnectionError(`no data received for ${this.#silenceMs} ms`);
    const timer = setTimeout(() => this.#controller.abort(silence), this.#silenceMs);
    try {
      return await read(this.#controller.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Aborts the connection. */
  close(): void {
    this.#controller.abort();
    this.#controller.unlink();
  }
}

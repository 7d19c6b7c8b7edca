// Starts the thread that owns the writing connection, and passes requests to it.

import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { decodeError } from './encode-error.ts';
import type { Batch, BatchResult, WriterMessage, WriterRequest } from './messages.ts';
import type { WriterThreadData } from './thread.ts';

type Waiting = { resolve(result: unknown): void; reject(error: unknown): void };

/** Executes batches of statements. */
export type BatchRunner = {
  /** @throws WriterThreadError the thread has ended; a commit of the batch may have happened */
  run(batch: Batch): Promise<BatchResult>;
};

/** The thread has ended, for example because its memory was exhausted. */
class WriterThreadError extends Error {
  override readonly name: string = 'WriterThreadError';
  /** The code of SQLite for a failure that concerns the whole connection. */
  readonly code = 'SQLITE_INTERRUPT';
}

/** The thread had ended before the request: nothing was executed. */
export class RequestNotSentError extends WriterThreadError {
  override readonly name = 'RequestNotSentError';
}

export class WriterThread implements BatchRunner, AsyncDisposable {
  readonly #file: string;
  readonly #log: Logger;
  /** The requests without a response, oldest first. */
  #waiting: Waiting[] = [];
  #worker: Worker | undefined;
  readonly #onEnd: (error: unknown) => void;

  /**
   * @param file the absolute path of the database
   * @param onEnd called when the thread ends without a call of `Symbol.asyncDispose`
   */
  constructor(file: string, log: Logger, onEnd: (error: unknown) => void) {
    this.#file = file;
    this.#log = log;
    this.#onEnd = onEnd;
  }

  /** Opens the writing connection, and starts the thread if necessary. @throws Error with the code of the failure */
  async open(): Promise<void> {
    this.#worker ??= this.#start();
    await this.#send({ kind: 'open' });
  }

  /** See {@link BatchRunner.run}. */
  run(batch: Batch): Promise<BatchResult> {
    return this.#send({ kind: 'run', batch }) as Promise<BatchResult>;
  }

  /** Runs a PRAGMA and returns its value. */
  pragma(text: string): Promise<unknown> {
    return this.#send({ kind: 'pragma', text });
  }

  /**
   * Prepares the connection for commands, after migrations. From now on it notices files that are moved or replaced,
   * and does not wait for locks inside SQLite: the command bus retries instead, and rejects commands in the end.
   */
  async startCommands(): Promise<void> {
    await this.#send({ kind: 'start-commands' });
  }

  /**
   * Closes the connection, unless the thread has ended.
   * @param hasCheckpoint whether commits are moved into the database file first
   */
  async close({ hasCheckpoint }: { hasCheckpoint: boolean }): Promise<void> {
    try {
      await this.#send({ kind: 'close', hasCheckpoint });
    } catch (error) {
      if (!(error instanceof WriterThreadError)) throw error;
    }
  }

  /** Ends the thread, and rejects the requests without a response. */
  async [Symbol.asyncDispose](): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#rejectAll(new WriterThreadError('the writing thread was stopped'));
  }

  #start(): Worker {
    const workerData: WriterThreadData = { file: this.#file };
    const worker = new Worker(new URL('thread.ts', import.meta.url), { workerData, name: 'sqlite-writer' });
    let cause: unknown;
    worker.on('message', (message: WriterMessage) => this.#receive(message));
    worker.on('error', (error) => {
      cause = error;
    });
    // A response that cannot be read: the next one would be taken for it.
    worker.on('messageerror', () => void worker.terminate());
    worker.on('exit', () => {
      if (this.#worker === worker) this.#abandon(new WriterThreadError('the writing thread has ended', { cause }));
    });
    return worker;
  }

  async #send(request: WriterRequest): Promise<unknown> {
    const worker = this.#worker;
    if (!worker) throw new RequestNotSentError('the writing thread is not running');
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    // Throws if a parameter cannot be copied.
    worker.postMessage(request);
    this.#waiting.push({ resolve, reject });
    return promise;
  }

  #receive(message: WriterMessage): void {
    if (message.kind === 'log') {
      const { level, fields, error, text } = message;
      this.#log[level]({ ...fields, ...(error && { err: decodeError(error) }) }, text);
      return;
    }
    const waiting = this.#waiting.shift();
    if (message.kind === 'result') waiting?.resolve(message.result);
    else waiting?.reject(decodeError(message.error));
  }

  /** Rejects all requests. The next `open` starts another thread. */
  #abandon(error: WriterThreadError): void {
    this.#worker = undefined;
    this.#rejectAll(error);
    this.#onEnd(error);
  }

  #rejectAll(error: WriterThreadError): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(error);
  }
}

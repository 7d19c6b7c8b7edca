// Reads a stream of server-sent events without end: reconnects whenever the connection is lost, and resumes after the
// last message that was yielded.

import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { ClientEnvironment } from '../environment.ts';
import { ConnectionError, OrderWorkflowError, UnexpectedResponseError } from '../errors.ts';
import type { StreamOptions } from '../options.ts';
import { computeBackoffMs } from '../request/retry-policy.ts';
import { MonitoredConnection } from './monitored-connection.ts';

type Source = StreamOptions & {
  environment: ClientEnvironment;
  /**
   * Opens a connection, which resumes after the message with this id.
   * @throws {ProblemError | ConnectionError | UnexpectedResponseError}
   */
  connect(lastEventId: string | undefined, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
};

/** The state of a stream across its connections. `failures`: consecutive failed connections. */
type Progress = { lastEventId: string | undefined; retryMs: number; failures: number };

const defaultRetryMs = 2_000;
/** Lower bound of the `retry` that the service sends. */
const minRetryMs = 100;
/** Upper bound of the exponential backoff, before Retry-After. */
const maxBackoffMs = 30_000;

/**
 * Yields the messages of a stream. Never returns.
 * @throws {ProblemError | UnexpectedResponseError} if the failure is permanent
 * @throws the reason of the signal, after an abort
 */
export async function* readStream<Message>(source: Source): AsyncGenerator<Message, void, void> {
  const progress: Progress = { lastEventId: undefined, retryMs: defaultRetryMs, failures: 0 };
  for (;;) {
    const reason = yield* readConnection<Message>(source, progress);
    source.onLost?.(reason);
    await source.environment.sleep(computePauseMs(progress, reason, source.environment), source.signal);
  }
}

/** Yields the messages of one connection. Returns the reason of its end if a reconnection may succeed. */
async function* readConnection<Message>(source: Source, progress: Progress): AsyncGenerator<Message, unknown, void> {
  try {
    for await (const { id, message } of readBlocks(source, progress)) {
      if (id !== undefined) progress.lastEventId = id;
      if (message) progress.failures = 0;
      source.signal?.throwIfAborted();
      if (message?.event === 'end') return parseData<unknown>(message);
      if (message) yield parseData<Message>(message);
    }
    progress.failures += 1;
    return toConnectionLost(undefined);
  } catch (error) {
    source.signal?.throwIfAborted();
    if (!isTemporary(error)) throw error;
    progress.failures += 1;
    return error;
  }
}

async function* readBlocks(source: Source, progress: Progress): AsyncGenerator<Block, void, void> {
  const connection = new MonitoredConnection(source);
  try {
    const body = await connection.wait((signal) => source.connect(progress.lastEventId, signal));
    const reader = body.getReader();
    const parser = new BlockParser(progress);
    source.onOpen?.();
    for (;;) {
      const { done, value } = await connection.wait(() => readChunk(reader));
      if (done) return;
      yield* parser.parse(value);
    }
  } finally {
    connection.close();
  }
}

/** One parsed part of a stream: an id or a message. */
type Block = { id?: string; message?: EventSourceMessage };

/** Parses the bytes of one connection. */
class BlockParser {
  readonly #decoder = new TextDecoder();
  readonly #parser;
  #blocks: Block[] = [];

  constructor(progress: Progress) {
    this.#parser = createParser({
      onId: (id) => this.#blocks.push({ id }),
      onEvent: (message) => this.#blocks.push({ message }),
      // A heartbeat proves that the connection works, also without events.
      onComment: () => {
        progress.failures = 0;
      },
      onRetry: (ms) => {
        progress.retryMs = Math.max(ms, minRetryMs);
      },
    });
  }

  parse(bytes: Uint8Array): Block[] {
    this.#blocks = [];
    this.#parser.feed(this.#decoder.decode(bytes, { stream: true }));
    return this.#blocks;
  }
}

async function readChunk(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  try {
    return await reader.read();
  } catch (cause) {
    throw toConnectionLost(cause);
  }
}

function toConnectionLost(cause: unknown): ConnectionError {
  return new ConnectionError('the connection of the stream was lost', { cause });
}

function parseData<Value>({ data }: EventSourceMessage): Value {
  try {
    return JSON.parse(data);
  } catch {
    throw new UnexpectedResponseError(200, data);
  }
}

/** Lost connections, server errors and rate limits are temporary. */
function isTemporary(error: unknown): boolean {
  return error instanceof OrderWorkflowError && (error.isRetryable || (error.status ?? 0) >= 500);
}

/** Exponential backoff with jitter, but at least the Retry-After of the response. */
function computePauseMs({ retryMs, failures }: Progress, reason: unknown, { random }: ClientEnvironment): number {
  const backoffMs = computeBackoffMs(retryMs * 2 ** Math.max(0, failures - 1), random, maxBackoffMs);
  const retryAfterSeconds = reason instanceof OrderWorkflowError ? (reason.retryAfterSeconds ?? 0) : 0;
  return Math.max(backoffMs, retryAfterSeconds * 1_000);
}

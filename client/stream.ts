// Follows a stream of server-sent events for as long as somebody wants it: connects again whenever it is lost, and goes
// on behind the last message that was handed out.

import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { StreamEnd } from '../contract/stream.ts';
import { ConnectionError, ProblemError, UnexpectedResponseError } from './errors.ts';

/** What holds for one stream; the rest comes from the client. */
export type StreamOptions = {
  /** Ends the stream, which then throws the reason of the signal. */
  signal?: AbortSignal;
  /** Headers besides those of the client; they win over them. */
  headers?: Record<string, string>;
  /**
   * After how long without a sign of life the connection counts as lost, in milliseconds: more than the service lets
   * pass between two heartbeats. @default 45,000
   */
  silenceMs?: number;
  /** Told at each connection that the stream is open. */
  onOpen?: () => void;
  /** Told why the stream has to be opened again: an error, or what the service has said at its end. */
  onLost?: (reason: unknown) => void;
};

type Source = StreamOptions & {
  /**
   * Asks for the stream, behind a message that was seen.
   * @throws ProblemError, ConnectionError, UnexpectedResponseError
   */
  connect(lastEventId: string | undefined, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
};

/** Where a stream stands, over all of its connections. */
type Progress = { lastEventId: string | undefined; retryMs: number; failures: number };

const usualSilenceMs = 45_000;
const usualRetryMs = 2_000;
/** Whatever the service says, it is not asked more often. */
const shortestRetryMs = 100;
const longestPauseMs = 30_000;

/**
 * Hands out messages, and never ends by itself.
 * @throws ProblemError, UnexpectedResponseError what does not pass with time; the reason of the signal
 */
export async function* readStream<Message>(source: Source): AsyncGenerator<Message, void, void> {
  const progress: Progress = { lastEventId: undefined, retryMs: usualRetryMs, failures: 0 };
  for (;;) {
    const loss = yield* messagesOfConnection<Message>(source, progress);
    source.onLost?.(loss);
    await pause(pauseMs(progress, loss), source.signal);
  }
}

/** Returns why the connection is over, where it may be better the next time. */
async function* messagesOfConnection<Message>(
  source: Source,
  progress: Progress,
): AsyncGenerator<Message, unknown, void> {
  try {
    for await (const { id, message } of blocksOf(source, progress)) {
      if (id !== undefined) progress.lastEventId = id;
      if (message) progress.failures = 0;
      source.signal?.throwIfAborted();
      if (message?.event === 'end') return parsed<StreamEnd>(message);
      if (message) yield parsed<Message>(message);
    }
    progress.failures += 1;
    return brokenOff(undefined);
  } catch (error) {
    source.signal?.throwIfAborted();
    if (!passesWithTime(error)) throw error;
    progress.failures += 1;
    return error;
  }
}

async function* blocksOf(source: Source, progress: Progress): AsyncGenerator<Block, void, void> {
  const watch = new Watch(source);
  try {
    const body = await watch.over((signal) => source.connect(progress.lastEventId, signal));
    const reader = body.getReader();
    const blocks = new Blocks(progress);
    source.onOpen?.();
    for (;;) {
      const { done, value } = await watch.over(() => nextOf(reader));
      if (done) return;
      yield* blocks.feed(value);
    }
  } finally {
    watch.end();
  }
}

/** What comes in between two blank lines: an id, a message, or both. */
type Block = { id?: string; message?: EventSourceMessage };

/** Takes the bytes of a connection apart. */
class Blocks {
  readonly #decoder = new TextDecoder();
  readonly #parser;
  #blocks: Block[] = [];

  constructor(progress: Progress) {
    this.#parser = createParser({
      onId: (id) => this.#blocks.push({ id }),
      onEvent: (message) => this.#blocks.push({ message }),
      // A heartbeat: a connection that lives has not failed, also where nothing happens.
      onComment: () => {
        progress.failures = 0;
      },
      onRetry: (ms) => {
        progress.retryMs = Math.max(ms, shortestRetryMs);
      },
    });
  }

  feed(bytes: Uint8Array): Block[] {
    this.#blocks = [];
    this.#parser.feed(this.#decoder.decode(bytes, { stream: true }));
    return this.#blocks;
  }
}

/** Gives a connection up that is silent for too long, or that nobody wants any more. */
class Watch {
  readonly #connection = new AbortController();
  readonly #signal: AbortSignal;
  readonly #silenceMs: number;

  constructor({ signal, silenceMs = usualSilenceMs }: StreamOptions) {
    this.#silenceMs = silenceMs;
    this.#signal = signal ? AbortSignal.any([signal, this.#connection.signal]) : this.#connection.signal;
  }

  /** Only what is waited for can be silent: whoever takes long with a message loses nothing. */
  async over<Result>(wait: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const silence = new ConnectionError(`no sign of life for ${this.#silenceMs} ms`);
    const timer = setTimeout(() => this.#connection.abort(silence), this.#silenceMs);
    try {
      return await wait(this.#signal);
    } finally {
      clearTimeout(timer);
    }
  }

  end(): void {
    this.#connection.abort();
  }
}

async function nextOf(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<ReadableStreamReadResult<Uint8Array>> {
  try {
    return await reader.read();
  } catch (cause) {
    throw brokenOff(cause);
  }
}

function brokenOff(cause: unknown): ConnectionError {
  return new ConnectionError('the stream has broken off', { cause });
}

function parsed<Value>({ data }: EventSourceMessage): Value {
  try {
    return JSON.parse(data);
  } catch {
    throw new UnexpectedResponseError(200, data);
  }
}

/** What is lost on the way, and what the service cannot do now or finds too much. */
function passesWithTime(error: unknown): boolean {
  if (error instanceof ConnectionError) return true;
  return isRefusal(error) && (error.status >= 500 || error.status === 429);
}

function isRefusal(error: unknown): error is ProblemError | UnexpectedResponseError {
  return error instanceof ProblemError || error instanceof UnexpectedResponseError;
}

/** As long as the service has asked for, and longer with every failure; never all at once. */
function pauseMs({ retryMs, failures }: Progress, loss: unknown): number {
  const growing = Math.min(longestPauseMs, retryMs * 2 ** Math.max(0, failures - 1));
  const askedSeconds = (isRefusal(loss) ? loss.retryAfterSeconds : undefined) ?? 0;
  return Math.max(growing * (0.5 + Math.random() / 2), askedSeconds * 1_000);
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = () => resolve();
  const timer = setTimeout(end, ms);
  signal?.addEventListener('abort', end);
  await promise;
  signal?.removeEventListener('abort', end);
  clearTimeout(timer);
  signal?.throwIfAborted();
}

// Counts the bytes that the service holds for clients which do not read their responses, in total and per caller, and
// rejects requests beyond the limits. What the operating system accepts is not counted: it limits its own buffers.

import type { Logger } from 'pino';
import { createProblem, createUnavailableProblem } from '../../domain/problem.ts';
import { createThrottledWarning } from '../../shared/log-throttle.ts';
import type { ServiceResponse } from '../request/request.ts';
import { toCallerKey } from './caller-key.ts';

type BufferedBytesOptions = {
  /** The most unread bytes of all responses. */
  maxBufferedBytes: number;
  /** The most unread bytes of the responses to one caller. */
  maxBufferedBytesPerCaller: number;
  log: Logger;
};

/** A caller with unread bytes, and its responses, oldest first. */
type Holder = { key: string; bytes: number; responses: Set<ServiceResponse> };

/** The unread bytes of one response. The key is kept, because the address of a closed connection is unknown. */
type Entry = { key: string; bytes: number };

/** Seconds after which a slow client has probably read something. */
const retryAfterSeconds = 5;

/** The unread bytes of one server. */
export class BufferedBytes {
  readonly #options: BufferedBytesOptions;
  readonly #entries = new WeakMap<ServiceResponse, Entry>();
  readonly #holders = new Map<string, Holder>();
  readonly #logCaller: (fields: object) => void;
  readonly #logEviction: (fields: object) => void;
  #total = 0;

  constructor(options: BufferedBytesOptions) {
    this.#options = options;
    this.#logCaller = createThrottledWarning(options.log, 'caller has too many unread bytes; rejecting its requests');
    this.#logEviction = createThrottledWarning(
      options.log,
      'too many unread bytes; closing connections of the largest caller',
    );
  }

  /**
   * Checks that `bytes` more may be buffered for the caller of a response.
   * @throws RequestProblem `too-many-requests`
   */
  assertCallerRoom(response: ServiceResponse, bytes: number): void {
    if (this.hasRoom(response, bytes)) return;
    this.logCaller(response);
    const detail = 'Too many bytes of earlier responses are unread. Read them first.';
    throw createProblem('too-many-requests', detail, { retryAfterSeconds });
  }

  /**
   * Checks that a response of this size may be sent.
   * @throws RequestProblem `too-many-requests`: the caller has too many unread bytes; `unavailable`: all callers
   *   together have, and no other caller has more than this one
   */
  assertRoom(response: ServiceResponse, bytes: number): void {
    this.assertCallerRoom(response, bytes);
    if (this.#total + bytes <= this.#options.maxBufferedBytes) return;
    const held = this.#countUnread(toCallerKey(response.req));
    if ((this.#findLargest()?.bytes ?? 0) <= held + bytes)
      throw createUnavailableProblem('Too many bytes of responses are unread.');
  }

  /** Whether `bytes` more may be buffered for the caller of a response. A caller without unread bytes has room. */
  hasRoom({ req }: ServiceResponse, bytes: number): boolean {
    if (this.#total === 0) return true;
    const unreadBytes = this.#countUnread(toCallerKey(req));
    return unreadBytes === 0 || unreadBytes + bytes <= this.#options.maxBufferedBytesPerCaller;
  }

  /** Logs that the caller of a response has no room, at most once a minute. */
  logCaller({ req }: ServiceResponse): void {
    const caller = toCallerKey(req);
    const { maxBufferedBytesPerCaller } = this.#options;
    this.#logCaller({ caller, unreadBytes: this.#countUnread(caller), maxBufferedBytesPerCaller });
  }

  /**
   * Sets the unread bytes of a response; they are released when it is closed. Beyond the total limit, the oldest
   * connections of the caller with the most unread bytes are closed, so that one caller cannot use up the total.
   */
  record(response: ServiceResponse, unreadBytes: number): void {
    // A closed response holds nothing, and may emit no further `close` event.
    const bytes = response.destroyed ? 0 : unreadBytes;
    const entry = this.#entries.get(response) ?? (bytes > 0 ? this.#add(response) : undefined);
    if (!entry || entry.bytes === bytes) return;
    this.#total += bytes - entry.bytes;
    this.#updateHolder(response, entry.key, bytes, bytes - entry.bytes);
    entry.bytes = bytes;
    while (this.#total > this.#options.maxBufferedBytes) this.#evict();
  }

  #countUnread(caller: string): number {
    return this.#holders.get(caller)?.bytes ?? 0;
  }

  /** The entry remains until the response is closed, so that a stream has one listener. */
  #add(response: ServiceResponse): Entry {
    const entry = { key: toCallerKey(response.req), bytes: 0 };
    this.#entries.set(response, entry);
    response.once('close', () => this.record(response, 0));
    return entry;
  }

  #updateHolder(response: ServiceResponse, key: string, bytes: number, difference: number): void {
    const holder = this.#holders.get(key) ?? { key, bytes: 0, responses: new Set() };
    holder.bytes += difference;
    if (bytes > 0) holder.responses.add(response);
    else holder.responses.delete(response);
    if (holder.responses.size > 0) this.#holders.set(key, holder);
    else this.#holders.delete(key);
  }

  #evict(): void {
    const holder = this.#findLargest();
    const [oldest] = holder?.responses ?? [];
    if (!holder || !oldest) throw new Error('bytes are counted that no response has');
    const { maxBufferedBytes } = this.#options;
    this.#logEviction({ caller: holder.key, unreadBytes: holder.bytes, maxBufferedBytes });
    oldest.ending = 'closed: unread';
    this.record(oldest, 0);
    oldest.destroy();
  }

  /** Takes time in proportion to the callers with unread bytes, and is called only beyond the limit. */
  #findLargest(): Holder | undefined {
    let largest: Holder | undefined;
    for (const holder of this.#holders.values()) if (holder.bytes > (largest?.bytes ?? 0)) largest = holder;
    return largest;
  }
}

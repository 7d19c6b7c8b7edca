// Makes one attempt at a delivery, and tells what came of it. Whatever a receiver does, it costs no more than the
// time-out, and nothing of it is left behind.

import type { IncomingMessage } from 'node:http';
import { Webhook } from 'standardwebhooks';
import type { TargetRules } from '../config/webhooks.ts';
import { DeliveryError, describeError, describeStatus } from './delivery-error.ts';
import { GuardedAgents } from './egress-guard.ts';
import { isPublicAddress } from './public-address.ts';
import { drain, StaleConnectionError, sendAndAwaitHead } from './receiver-exchange.ts';
import { createPublicResolver, type Resolve, systemResolver } from './resolvers.ts';
import { parseRetryAfterMs } from './retry-after.ts';
import { findTargetError } from './target.ts';

export type SenderOptions = {
  readonly rules: TargetRules;
  /** From the beginning to the end of the head of the answer. */
  readonly timeoutMs: number;
  /** Default: name servers; the system, hosts files included, where private targets are allowed. */
  readonly resolve?: Resolve;
  /** Which addresses may be connected to. Default: as the rules say. */
  readonly mayConnectTo?: (address: string) => boolean;
  /** Certificates of authorities that are trusted besides those of Node, in PEM. */
  readonly certificates?: string;
};

export type WebhookMessage = {
  readonly url: string;
  /** The `webhook-id`: the same at each attempt. */
  readonly id: string;
  /** JSON. */
  readonly body: string;
  /** `whsec_…`: one, or two while a rotation lasts. */
  readonly secrets: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
};

export type AttemptResult = {
  /** Null where no answer came. */
  readonly statusCode: number | null;
  /** Null: the receiver has it. Else a sentence for a person. */
  readonly error: string | null;
  /** Up to the head of the answer. */
  readonly durationMs: number;
  /** How long the receiver wants to be left alone, where it has failed and says so. */
  readonly retryAfterMs: number | null;
};

const maxHeadBytes = 16_384;

export class Sender implements AsyncDisposable {
  readonly #rules: TargetRules;
  readonly #timeoutMs: number;
  readonly #agents: GuardedAgents;
  readonly #stopping = new AbortController();
  #underWay = 0;
  readonly #idle = Promise.withResolvers<void>();

  constructor({ rules, timeoutMs, certificates, ...options }: SenderOptions) {
    const { isPrivateAllowed } = rules;
    this.#rules = rules;
    this.#timeoutMs = timeoutMs;
    this.#agents = new GuardedAgents({
      resolve: options.resolve ?? (isPrivateAllowed ? systemResolver : createPublicResolver()),
      mayConnectTo: options.mayConnectTo ?? (isPrivateAllowed ? () => true : isPublicAddress),
      certificates,
    });
  }

  /** Gives up what is under way, and closes all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new Error('the sender of webhooks is closed'));
    if (this.#underWay > 0) await this.#idle.promise;
    this.#agents[Symbol.dispose]();
  }

  /**
   * Makes the attempt. What goes wrong on the way is told in the result. Where the signal gives it up, this rejects
   * with its reason at once, unless the answer is already there.
   */
  async send(message: WebhookMessage, signal: AbortSignal): Promise<AttemptResult> {
    signal.throwIfAborted();
    this.#stopping.signal.throwIfAborted();
    this.#underWay += 1;
    try {
      return await this.#attempt(message, signal);
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0 && this.#stopping.signal.aborted) this.#idle.resolve();
    }
  }

  async #attempt(message: WebhookMessage, signal: AbortSignal): Promise<AttemptResult> {
    // The rules may be others than when the webhook was made.
    const fault = findTargetError(message.url, this.#rules);
    if (fault) return { statusCode: null, error: fault, durationMs: 0, retryAfterMs: null };
    const body = Buffer.from(message.body);
    const headers = buildHeaders(message, body.byteLength);
    const startedAtMs = performance.now();
    using limit = startTimeLimit(this.#timeoutMs, signal, this.#stopping.signal);
    try {
      const { request, response } = await this.#exchange(new URL(message.url), headers, body, limit.signal);
      const durationMs = Math.round(performance.now() - startedAtMs);
      const result = toResult(response, message.now, durationMs);
      await drain(response, request, limit.signal);
      return result;
    } catch (error) {
      signal.throwIfAborted();
      this.#stopping.signal.throwIfAborted();
      const durationMs = Math.round(performance.now() - startedAtMs);
      return { statusCode: null, error: describeError(error), durationMs, retryAfterMs: null };
    }
  }

  /** A receiver may close a connection while a request is on its way to it, which then goes on another. */
  async #exchange(url: URL, headers: Headers, body: Uint8Array, signal: AbortSignal) {
    const options = { method: 'POST', headers, maxHeaderSize: maxHeadBytes };
    const request = this.#agents.request(url, 'kept', options);
    try {
      return { request, response: await sendAndAwaitHead(request, body, signal) };
    } catch (error) {
      if (!(error instanceof StaleConnectionError)) throw error;
      const again = this.#agents.request(url, 'fresh', options);
      return { request: again, response: await sendAndAwaitHead(again, body, signal) };
    }
  }
}

type Headers = Record<string, string | number>;

function buildHeaders({ id, now, body, secrets }: WebhookMessage, bodyBytes: number): Headers {
  const moment = new Date(now);
  return {
    'content-type': 'application/json',
    'content-length': bodyBytes,
    'user-agent': 'order-workflow-service',
    'webhook-id': id,
    'webhook-timestamp': Math.floor(now / 1_000),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, moment, body)).join(' '),
  };
}

function toResult({ statusCode = 0, headers }: IncomingMessage, now: number, durationMs: number): AttemptResult {
  const isSuccess = statusCode >= 200 && statusCode < 300;
  return {
    statusCode,
    error: isSuccess ? null : describeStatus(statusCode),
    durationMs,
    retryAfterMs: isSuccess ? null : parseRetryAfterMs(headers['retry-after'], now),
  };
}

/** A signal that fires with any of the signals, and when the time is up. */
function startTimeLimit(timeoutMs: number, ...signals: AbortSignal[]): Disposable & { signal: AbortSignal } {
  const controller = new AbortController();
  const onTimeout = () => controller.abort(new DeliveryError(`No answer within ${timeoutMs / 1_000} s.`));
  const timer = setTimeout(onTimeout, timeoutMs);
  const giveUp = () => controller.abort(signals.find(({ aborted }) => aborted)?.reason);
  for (const signal of signals) signal.addEventListener('abort', giveUp);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', giveUp);
    },
  };
}

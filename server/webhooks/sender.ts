// Makes one attempt at a delivery and returns its result. No behavior of a receiver makes an attempt exceed its time
// limit or leak resources.

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
  /** The longest time from the start of an attempt to the complete response head. */
  readonly timeoutMs: number;
  /** @default name servers; the system with its hosts files if private targets are allowed */
  readonly resolve?: Resolve;
  /** Whether connections to an address are allowed. @default decided by the rules */
  readonly mayConnectTo?: (address: string) => boolean;
  /** Certificates of trusted authorities besides those of Node, in PEM. */
  readonly certificates?: string;
};

export type WebhookMessage = {
  readonly url: string;
  /** The `webhook-id` header: the same for each attempt. */
  readonly id: string;
  /** JSON. */
  readonly body: string;
  /** `whsec_…`: one secret, or two during a rotation. */
  readonly secrets: readonly string[];
  /** The time of the attempt, in milliseconds since the epoch. */
  readonly nowMs: number;
};

export type AttemptResult = {
  /** Null: no response was received. */
  readonly statusCode: number | null;
  /** Null: the attempt succeeded. Otherwise a sentence for the operator of the receiver. */
  readonly error: string | null;
  /** From the start to the complete response head. */
  readonly durationMs: number;
  /** From the `Retry-After` header of a failed response; null: absent. */
  readonly retryAfterMs: number | null;
};

const maxHeadBytes = 16_384;

export class Sender implements AsyncDisposable {
  readonly #rules: TargetRules;
  readonly #timeoutMs: number;
  readonly #agents: GuardedAgents;
  readonly #stopping = new AbortController();
  #activeAttempts = 0;
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

  /** Aborts the attempts in progress and closes all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new Error('the webhook sender is closed'));
    if (this.#activeAttempts > 0) await this.#idle.promise;
    this.#agents[Symbol.dispose]();
  }

  /**
   * Makes one attempt. Failures are part of the result. If the signal aborts before the response head is complete,
   * rejects at once with the signal's reason.
   */
  async send(message: WebhookMessage, signal: AbortSignal): Promise<AttemptResult> {
    signal.throwIfAborted();
    this.#stopping.signal.throwIfAborted();
    this.#activeAttempts += 1;
    try {
      return await this.#attempt(message, signal);
    } finally {
      this.#activeAttempts -= 1;
      if (this.#activeAttempts === 0 && this.#stopping.signal.aborted) this.#idle.resolve();
    }
  }

  async #attempt(message: WebhookMessage, signal: AbortSignal): Promise<AttemptResult> {
    // Checked again: the configuration may have changed since the webhook was created.
    const targetError = findTargetError(message.url, this.#rules);
    if (targetError) return { statusCode: null, error: targetError, durationMs: 0, retryAfterMs: null };
    const body = Buffer.from(message.body);
    const headers = buildHeaders(message, body.byteLength);
    const startedAtMs = performance.now();
    using limit = startTimeLimit(this.#timeoutMs, signal, this.#stopping.signal);
    try {
      const { request, response } = await this.#exchange(new URL(message.url), headers, body, limit.signal);
      const durationMs = Math.round(performance.now() - startedAtMs);
      const result = toResult(response, message.nowMs, durationMs);
      await drain(response, request, limit.signal);
      return result;
    } catch (error) {
      signal.throwIfAborted();
      this.#stopping.signal.throwIfAborted();
      const durationMs = Math.round(performance.now() - startedAtMs);
      return { statusCode: null, error: describeError(error), durationMs, retryAfterMs: null };
    }
  }

  /** Repeats the request on a new connection if the receiver closed the kept-alive one as the request was sent. */
  async #exchange(url: URL, headers: Headers, body: Uint8Array, signal: AbortSignal) {
    const options = { method: 'POST', headers, maxHeaderSize: maxHeadBytes };
    const request = this.#agents.request(url, 'kept', options);
    try {
      return { request, response: await sendAndAwaitHead(request, body, signal) };
    } catch (error) {
      if (!(error instanceof StaleConnectionError)) throw error;
      const retry = this.#agents.request(url, 'fresh', options);
      return { request: retry, response: await sendAndAwaitHead(retry, body, signal) };
    }
  }
}

type Headers = Record<string, string | number>;

function buildHeaders({ id, nowMs, body, secrets }: WebhookMessage, bodyBytes: number): Headers {
  const timestamp = new Date(nowMs);
  return {
    'content-type': 'application/json',
    'content-length': bodyBytes,
    'user-agent': 'order-workflow-service',
    'webhook-id': id,
    'webhook-timestamp': Math.floor(nowMs / 1_000),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, timestamp, body)).join(' '),
  };
}

function toResult({ statusCode = 0, headers }: IncomingMessage, nowMs: number, durationMs: number): AttemptResult {
  const isSuccess = statusCode >= 200 && statusCode < 300;
  return {
    statusCode,
    error: isSuccess ? null : describeStatus(statusCode),
    durationMs,
    retryAfterMs: isSuccess ? null : parseRetryAfterMs(headers['retry-after'], nowMs),
  };
}

/** Returns a signal that aborts with one of the signals or after the time limit. Dispose of it after use. */
function startTimeLimit(timeoutMs: number, ...signals: AbortSignal[]): Disposable & { signal: AbortSignal } {
  const controller = new AbortController();
  const onTimeout = () => controller.abort(new DeliveryError(`No response within ${timeoutMs / 1_000} s.`));
  const timer = setTimeout(onTimeout, timeoutMs);
  const onAbort = () => controller.abort(signals.find(({ aborted }) => aborted)?.reason);
  for (const signal of signals) signal.addEventListener('abort', onAbort);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', onAbort);
    },
  };
}

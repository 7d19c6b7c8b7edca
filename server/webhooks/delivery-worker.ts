// Sends to one webhook under one lease: requested deliveries first, then its events in the order of the log, until an
// event fails.

import type { OrderEvent } from '../../contract/schemas/events/order-event.ts';
import type { WebhookTest } from '../../contract/schemas/webhook-test.ts';
import { isOrderEvent, type SerializedEvent } from '../database/mapping/event.ts';
import { findRequestedDeliveries } from '../database/queries/due-webhooks.ts';
import { findEvents } from '../database/queries/events.ts';
import type { Store } from '../database/store.ts';
import { type DeliveryState, maxFailingMs, type WebhookState } from '../domain/webhook.ts';
import type { AttemptOutcome, DeliverySubject } from '../domain/webhook-commands.ts';
import { AttemptBuffer, type AttemptBufferOptions } from './attempt-buffer.ts';
import type { Lease } from './lease.ts';
import { computeNextAttemptAtMs } from './retry-schedule.ts';
import type { AttemptResult, Sender } from './sender.ts';

export type DeliveryWorkerOptions = AttemptBufferOptions & {
  store: Store;
  sender: Sender;
  /** Milliseconds since the epoch. */
  now(): number;
  /** A number from 0 up to but not including 1. */
  random(): number;
};

/** The number of events per query. */
const pageSize = 100;

export class DeliveryWorker {
  readonly #options: DeliveryWorkerOptions;
  readonly #lease: Lease;
  readonly #attempts: AttemptBuffer;
  readonly #signal: AbortSignal;
  /** The position of the last delivered event, which may not be recorded yet. */
  #position: number;

  /** @param stop aborts when the service stops */
  constructor(options: DeliveryWorkerOptions, lease: Lease, stop: AbortSignal) {
    this.#options = options;
    this.#lease = lease;
    this.#signal = AbortSignal.any([stop, lease.lost]);
    this.#attempts = new AttemptBuffer(options, lease, stop);
    this.#position = lease.webhook.position;
  }

  /** Sends until nothing is due, an event fails, the lease is lost, or the service stops. */
  async run(): Promise<void> {
    await using _ = this.#attempts;
    try {
      do await this.#sendRequestedDeliveries();
      while (await this.#sendEvents());
    } catch (error) {
      if (!this.#signal.aborted) throw error;
    }
  }

  get #webhook(): WebhookState {
    return this.#lease.webhook;
  }

  async #sendRequestedDeliveries(): Promise<void> {
    const { store } = this.#options;
    for (;;) {
      const deliveries = await findRequestedDeliveries(store, this.#webhook.id);
      for (const delivery of deliveries) await this.#sendRequested(delivery);
      await this.#attempts.flush();
      if (deliveries.length === 0) return;
    }
  }

  async #sendRequested(delivery: DeliveryState): Promise<void> {
    const body = delivery.position === null ? buildTestBody(delivery) : await this.#readEventBody(delivery.position);
    await this.#attempt({ kind: 'requested', deliveryId: delivery.id }, delivery.eventId, body);
  }

  /** Sends one page of events. Returns whether there may be more. */
  async #sendEvents(): Promise<boolean> {
    const { store } = this.#options;
    const { types, url } = this.#webhook;
    if (!this.#maySendEvents()) return false;
    const span = { after: this.#position, upTo: Number.MAX_SAFE_INTEGER, limit: pageSize };
    const { events, isEnd } = await findEvents(store, { types: types?.toSorted() }, span);
    for (const event of events.filter(isOrderEvent)) {
      const isDelivered = await this.#sendEvent(event);
      if (!isDelivered || this.#webhook.pauseReason !== null) return false;
      // The page was read for the former URL and types.
      if (this.#webhook.url !== url || String(this.#webhook.types) !== String(types)) break;
    }
    if (isEnd) await this.#attempts.flush();
    return events.length > 0;
  }

  /** A due time later than any retry was stored before the clock was set back. The webhook counts as due. */
  #maySendEvents(): boolean {
    const { pauseReason, dueAtMs } = this.#webhook;
    const remainingMs = dueAtMs - this.#options.now();
    return pauseReason === null && (remainingMs <= 0 || remainingMs > maxFailingMs);
  }

  async #sendEvent({ id, type, position, json }: SerializedEvent<OrderEvent>): Promise<boolean> {
    const subject = { kind: 'event', eventId: id, eventType: type, position } as const;
    const outcome = await this.#attempt(subject, id, json.text);
    if (outcome.kind === 'delivered') this.#position = position;
    else await this.#attempts.flush();
    return outcome.kind === 'delivered';
  }

  async #attempt(subject: DeliverySubject, eventId: string, body: string): Promise<AttemptOutcome> {
    const { sender, now, log } = this.#options;
    const { id: webhookId, url } = this.#webhook;
    const startedAtMs = now();
    const secrets = selectSecrets(this.#webhook, startedAtMs);
    const result = await sender.send({ url, id: eventId, body, secrets, nowMs: startedAtMs }, this.#signal);
    const { durationMs, statusCode, error } = result;
    if (error !== null) {
      log.warn({ webhookId, eventId, statusCode, error }, 'delivery attempt failed');
      // Recording the deliveries before this one may reset the failure count, which the outcome depends on.
      await this.#attempts.flush();
    }
    const outcome = subject.kind === 'event' ? this.#toEventOutcome(result, startedAtMs) : toRequestedOutcome(result);
    const attempt = { at: new Date(startedAtMs).toISOString(), durationMs, statusCode, error };
    await this.#attempts.add({ subject, attempt, outcome });
    return outcome;
  }

  #toEventOutcome({ statusCode, error, retryAfterMs }: AttemptResult, startedAtMs: number): AttemptOutcome {
    if (error === null) return { kind: 'delivered' };
    if (statusCode === 410) return { kind: 'gone' };
    const { now, random } = this.#options;
    const { failures, failingSince } = this.#webhook;
    const failingSinceMs = failingSince === null ? startedAtMs : Date.parse(failingSince);
    const failing = { failures: failures + 1, failingSinceMs, nowMs: now(), retryAfterMs, random };
    return { kind: 'failed', nextAttemptAtMs: computeNextAttemptAtMs(failing) };
  }

  async #readEventBody(position: number): Promise<string> {
    const range = { after: position - 1, upTo: position, limit: 1 };
    const [event] = (await findEvents(this.#options.store, {}, range)).events;
    if (!event) throw new Error(`there is no event at position ${position}`);
    return event.json.text;
  }
}

/** Requested deliveries have only one attempt. */
function toRequestedOutcome({ error }: AttemptResult): AttemptOutcome {
  return error === null ? { kind: 'delivered' } : { kind: 'failed', nextAttemptAtMs: undefined };
}

function selectSecrets({ secret, formerSecret, formerSecretUntil }: WebhookState, nowMs: number): string[] {
  const isRotating = formerSecret !== null && formerSecretUntil !== null && nowMs < Date.parse(formerSecretUntil);
  return isRotating ? [secret, formerSecret] : [secret];
}

/** Standard Webhooks, section "Payload structure". */
function buildTestBody({ eventId: id, webhookId, createdAt: timestamp }: DeliveryState): string {
  const test: WebhookTest = { id, type: 'webhook.test', timestamp, data: { webhookId } };
  return JSON.stringify(test);
}

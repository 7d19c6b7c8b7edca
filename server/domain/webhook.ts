// The state of a webhook and of its deliveries, and the events of its changes, which never contain a secret.

import type { Delivery } from '../../contract/schemas/delivery.ts';
import type { OrderEventType } from '../../contract/schemas/events/order-event.ts';
import type { WebhookEventData } from '../../contract/schemas/events/webhook-event.ts';
import type { PauseReason } from '../../contract/schemas/webhook.ts';
import type { EventDraft, Initiator, WebhookEventContent } from './event.ts';

/** How long the delivery of an event is retried before its webhook is paused, in milliseconds. */
export const maxFailingMs = 24 * 3_600_000;

/** The largest difference between the clocks of two nodes, in milliseconds. */
export const clockToleranceMs = 60_000;

/** A webhook: its target, its position in the log, and its lease. */
export type WebhookState = {
  id: number;
  url: string;
  /** The event types to deliver; null: all. */
  types: OrderEventType[] | null;
  description: string | null;
  secret: string;
  /** The previous secret. Until `formerSecretUntil`, deliveries are signed with both secrets. */
  formerSecret: string | null;
  formerSecretUntil: string | null;
  /** Null: the webhook is active. */
  pauseReason: PauseReason | null;
  pausedAt: string | null;
  /** Every event up to this position of the log was delivered, skipped or not subscribed to. */
  position: number;
  /** The delivery of the next event; null before its first failed attempt. */
  failingDeliveryId: number | null;
  /** The number of failed attempts to deliver the next event. */
  failures: number;
  /** The time of the first of these attempts. */
  failingSince: string | null;
  /** When the next event may be sent, in milliseconds since the epoch. */
  dueAtMs: number;
  /** Increases with each claim and never resets. Commands with an older fence have no effect. */
  fence: number;
  /** When the current lease expires, in milliseconds since the epoch; null: there is no lease. */
  leasedUntilMs: number | null;
  createdBy: string;
  createdAt: string;
  updatedAt: string;
};

/** A message to a webhook, with its attempts. */
export type DeliveryState = Delivery;

/** Returns the event of a change to a webhook. */
export function createWebhookEvent(
  { now: timestamp }: { now: string },
  webhookId: number,
  initiator: Initiator,
  content: WebhookEventContent,
): EventDraft {
  return { ...content, ...initiator, timestamp, orderId: null, sequence: null, webhookId };
}

type Settings = Pick<WebhookState, 'url' | 'types' | 'description'>;

/** Returns the settings of a webhook as they are recorded: of the URL, only the origin. */
export function describeSettings({ url, types, description }: Settings): WebhookEventData<'webhook.created'> {
  return { url: hidePath(url), types, description };
}

/** Returns the settings that differ. A change of the path of the URL is a change whose origins are equal. */
export function findChangedSettings(former: Settings, next: Settings): WebhookEventData<'webhook.updated'>['changes'] {
  const [from, to] = [describeSettings(former), describeSettings(next)];
  return {
    ...(former.url !== next.url && { url: { from: from.url, to: to.url } }),
    ...(String(former.types) !== String(next.types) && { types: { from: from.types, to: to.types } }),
    ...(former.description !== next.description && { description: { from: from.description, to: to.description } }),
  };
}

/** Receivers often have a token in the path or in the query of their URL. */
function hidePath(url: string): string {
  const { origin, pathname, search } = new URL(url);
  return pathname === '/' && search === '' ? origin : `${origin}/…`;
}

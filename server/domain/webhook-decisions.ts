// Decides what people and programs do to webhooks. Pure, as all decisions are.

import type { Decision, InputOf } from './commands.ts';
import { invalidRequest, notFound } from './problem.ts';
import type { CurrentState } from './state.ts';
import type { DeliveryState, WebhookState } from './webhook.ts';

/** How long all is signed with the former secret, too, in milliseconds. */
const rotationMs = 24 * 3_600_000;

/** The fields of a webhook whose next event is tried at once, and has a day again. */
const retryNow = { failures: 0, failingSince: null, dueAtMs: 0 } as const;

/** The fields of a webhook whose next event has not been tried yet. */
export const noFailure = { ...retryNow, failingDeliveryId: null } as const;

export function decideCreate(
  state: CurrentState,
  { initiator, webhook: content, secret }: InputOf<'webhook.create'>,
): Decision<'webhook.create'> {
  const webhook: WebhookState = {
    id: state.nextId('webhook'),
    ...content,
    secret,
    formerSecret: null,
    formerSecretUntil: null,
    pauseReason: null,
    pausedAt: null,
    position: state.head,
    ...noFailure,
    fence: 0,
    leasedUntilMs: null,
    createdBy: initiator.actor.id,
    createdAt: state.now,
    updatedAt: state.now,
  };
  return { webhooks: [webhook], result: webhook };
}

/** What stands in the way may be wanted no more, or be taken elsewhere: it is passed over, or tried again at once. */
export function decideEdit(
  state: CurrentState,
  { webhookId, edit }: InputOf<'webhook.edit'>,
): Decision<'webhook.edit'> {
  const former = requireWebhook(state, webhookId);
  const given = Object.fromEntries(Object.entries(edit).filter(([, value]) => value !== undefined));
  const webhook: WebhookState = { ...former, ...given, updatedAt: state.now };
  const stuck = findFailingDelivery(state, former);
  if (stuck && webhook.types?.every((type) => type !== stuck.eventType)) {
    return { ...changed(skipTo({ ...webhook, position: stuck.position })), deliveries: [toSkipped(state, stuck)] };
  }
  if (webhook.url === former.url) return changed(webhook);
  // What comes of an attempt that is under way, at the former URL, is nothing to this one.
  return changed({ ...revokeLease(webhook), ...retryNow });
}

export function decideDelete(
  state: CurrentState,
  { webhookId }: InputOf<'webhook.delete'>,
): Decision<'webhook.delete'> {
  requireWebhook(state, webhookId);
  return { deletedWebhooks: [webhookId], result: undefined };
}

export function decidePause(state: CurrentState, { webhookId }: InputOf<'webhook.pause'>): Decision<'webhook.pause'> {
  const webhook = requireWebhook(state, webhookId);
  if (webhook.pauseReason !== null) return { result: webhook };
  return changed({ ...webhook, pauseReason: 'requested', pausedAt: state.now, updatedAt: state.now });
}

/** Goes on where it stopped: what stood in the way is tried at once, and has a day again. */
export function decideResume(
  state: CurrentState,
  { webhookId }: InputOf<'webhook.resume'>,
): Decision<'webhook.resume'> {
  const webhook = requireWebhook(state, webhookId);
  if (webhook.pauseReason === null) return { result: webhook };
  return changed({ ...webhook, ...retryNow, pauseReason: null, pausedAt: null, updatedAt: state.now });
}

export function decideSkip(
  state: CurrentState,
  { webhookId, through }: InputOf<'webhook.skip'>,
): Decision<'webhook.skip'> {
  const webhook = requireWebhook(state, webhookId);
  const stuck = findFailingDelivery(state, webhook);
  const position = through ?? stuck?.position;
  if (position === undefined) throw invalidThrough('must be given: no event stands in the way');
  if (position <= webhook.position)
    throw invalidThrough(`must be beyond ${webhook.position}, which is dealt with already`);
  if (position > state.head) throw invalidThrough(`must not be beyond ${state.head}, the head of the log`);
  const passed = skipTo({ ...webhook, position, updatedAt: state.now });
  return { ...changed(passed), deliveries: stuck && stuck.position <= position ? [toSkipped(state, stuck)] : [] };
}

export function decideRotate(
  state: CurrentState,
  { webhookId, secret }: InputOf<'webhook.rotate-secret'>,
): Decision<'webhook.rotate-secret'> {
  const webhook = requireWebhook(state, webhookId);
  const formerSecretUntil = new Date(Date.parse(state.now) + rotationMs).toISOString();
  return changed({ ...webhook, secret, formerSecret: webhook.secret, formerSecretUntil, updatedAt: state.now });
}

export function decideTest(
  state: CurrentState,
  { webhookId, eventId }: InputOf<'webhook.test'>,
): Decision<'webhook.test'> {
  requireWebhook(state, webhookId);
  const what = { kind: 'test', eventId, eventType: 'webhook.test', position: null } as const;
  return requestDelivery(state, { webhookId, ...what });
}

export function decideRedeliver(
  state: CurrentState,
  { webhookId, deliveryId }: InputOf<'webhook.redeliver'>,
): Decision<'webhook.redeliver'> {
  requireWebhook(state, webhookId);
  const delivery = state.delivery(deliveryId);
  if (delivery?.webhookId !== webhookId) throw notFound(`Webhook ${webhookId} has no delivery ${deliveryId}`);
  const { eventId, eventType, position } = delivery;
  const kind = delivery.kind === 'test' ? 'test' : 'redelivery';
  return requestDelivery(state, { webhookId, kind, eventId, eventType, position });
}

/** Whoever is sending meanwhile would go on with what is passed over. */
function skipTo(webhook: WebhookState): WebhookState {
  return { ...revokeLease(webhook), ...noFailure };
}

/** Whoever is sending meanwhile loses the claim. */
function revokeLease(webhook: WebhookState): WebhookState {
  return { ...webhook, fence: webhook.fence + 1, leasedUntilMs: null };
}

function requestDelivery(
  state: CurrentState,
  what: Pick<DeliveryState, 'webhookId' | 'kind' | 'eventId' | 'eventType' | 'position'>,
): Decision<'webhook.test'> {
  const delivery = createDelivery(state.nextId('delivery'), state.now, { ...what, nextAttemptAt: state.now });
  return { deliveries: [delivery], result: delivery };
}

type NewDelivery = Pick<DeliveryState, 'webhookId' | 'kind' | 'eventId' | 'eventType' | 'position' | 'nextAttemptAt'>;

/** A delivery that has not been tried yet. */
export function createDelivery(id: number, createdAt: string, what: NewDelivery): DeliveryState {
  const { webhookId, kind, eventId, eventType, position, nextAttemptAt } = what;
  return {
    id,
    webhookId,
    kind,
    state: 'pending',
    eventId,
    eventType,
    position,
    attempts: [],
    nextAttemptAt,
    createdAt,
    finishedAt: null,
  };
}

/** @throws ProblemError `not-found` */
function requireWebhook(state: CurrentState, webhookId: number): WebhookState {
  const webhook = state.webhook(webhookId);
  if (!webhook) throw notFound(`There is no webhook ${webhookId}`);
  return webhook;
}

/** The delivery of the next event, where it has failed before. */
export function findFailingDelivery(
  state: CurrentState,
  { failingDeliveryId }: WebhookState,
): (DeliveryState & { position: number }) | undefined {
  const delivery = failingDeliveryId === null ? undefined : state.delivery(failingDeliveryId);
  return delivery?.position == null ? undefined : { ...delivery, position: delivery.position };
}

/** A delivery that is passed over. */
export function toSkipped(state: CurrentState, delivery: DeliveryState): DeliveryState {
  return { ...delivery, state: 'skipped', nextAttemptAt: null, finishedAt: state.now };
}

function changed(webhook: WebhookState): { webhooks: [WebhookState]; result: WebhookState } {
  return { webhooks: [webhook], result: webhook };
}

function invalidThrough(detail: string) {
  return invalidRequest([{ pointer: '/through', detail }]);
}

// Decides what people and programs do to webhooks. Pure, as all decisions are.

import type { Decision } from '../commands/command-bus.ts';
import { invalidRequest, notFound } from './problem.ts';
import type { State } from './state.ts';
import type { DeliveryState, WebhookState } from './webhook.ts';
import type { WebhookCommands } from './webhook-commands.ts';

type Input<Type extends keyof WebhookCommands> = WebhookCommands[Type]['input'];
type DecisionOf<Type extends keyof WebhookCommands> = Decision<WebhookCommands[Type]['answer']>;

/** How long all is signed with the former secret, too, in milliseconds. */
const rotationMs = 24 * 3_600_000;

/** The fields of a webhook whose next event is tried at once, and has a day again. */
const afresh = { failures: 0, failingSince: null, dueAtMs: 0 } as const;

/** The fields of a webhook whose next event has not been tried yet. */
export const notFailing = { ...afresh, stuckDeliveryId: null } as const;

export function decideCreate(
  state: State,
  { initiator, webhook: content, secret }: Input<'webhook.create'>,
): DecisionOf<'webhook.create'> {
  const webhook: WebhookState = {
    id: state.nextId('webhook'),
    ...content,
    secret,
    formerSecret: null,
    formerSecretUntil: null,
    pauseReason: null,
    pausedAt: null,
    position: state.head,
    ...notFailing,
    fence: 0,
    leasedUntilMs: null,
    createdBy: initiator.actor.id,
    createdAt: state.now,
    updatedAt: state.now,
  };
  return { webhooks: [webhook], answer: webhook };
}

/** What stands in the way may be wanted no more, or be taken elsewhere: it is passed over, or tried again at once. */
export function decideEdit(state: State, { webhookId, edit }: Input<'webhook.edit'>): DecisionOf<'webhook.edit'> {
  const former = webhookOf(state, webhookId);
  const given = Object.fromEntries(Object.entries(edit).filter(([, value]) => value !== undefined));
  const webhook: WebhookState = { ...former, ...given, updatedAt: state.now };
  const stuck = stuckDelivery(state, former);
  if (stuck && webhook.types?.every((type) => type !== stuck.eventType)) {
    return { ...changed(passedOver({ ...webhook, position: stuck.position })), deliveries: [skipped(state, stuck)] };
  }
  if (webhook.url === former.url) return changed(webhook);
  // What comes of an attempt that is under way, at the former URL, is nothing to this one.
  return changed({ ...withoutClaim(webhook), ...afresh });
}

export function decideDelete(state: State, { webhookId }: Input<'webhook.delete'>): DecisionOf<'webhook.delete'> {
  webhookOf(state, webhookId);
  return { deletedWebhooks: [webhookId], answer: undefined };
}

export function decidePause(state: State, { webhookId }: Input<'webhook.pause'>): DecisionOf<'webhook.pause'> {
  const webhook = webhookOf(state, webhookId);
  if (webhook.pauseReason !== null) return { answer: webhook };
  return changed({ ...webhook, pauseReason: 'requested', pausedAt: state.now, updatedAt: state.now });
}

/** Goes on where it stopped: what stood in the way is tried at once, and has a day again. */
export function decideResume(state: State, { webhookId }: Input<'webhook.resume'>): DecisionOf<'webhook.resume'> {
  const webhook = webhookOf(state, webhookId);
  if (webhook.pauseReason === null) return { answer: webhook };
  return changed({ ...webhook, ...afresh, pauseReason: null, pausedAt: null, updatedAt: state.now });
}

export function decideSkip(state: State, { webhookId, through }: Input<'webhook.skip'>): DecisionOf<'webhook.skip'> {
  const webhook = webhookOf(state, webhookId);
  const stuck = stuckDelivery(state, webhook);
  const position = through ?? stuck?.position;
  if (position === undefined) throw badThrough('must be given: no event stands in the way');
  if (position <= webhook.position) throw badThrough(`must be beyond ${webhook.position}, which is dealt with already`);
  if (position > state.head) throw badThrough(`must not be beyond ${state.head}, the head of the log`);
  const passed = passedOver({ ...webhook, position, updatedAt: state.now });
  return { ...changed(passed), deliveries: stuck && stuck.position <= position ? [skipped(state, stuck)] : [] };
}

export function decideRotate(
  state: State,
  { webhookId, secret }: Input<'webhook.rotate-secret'>,
): DecisionOf<'webhook.rotate-secret'> {
  const webhook = webhookOf(state, webhookId);
  const formerSecretUntil = new Date(Date.parse(state.now) + rotationMs).toISOString();
  return changed({ ...webhook, secret, formerSecret: webhook.secret, formerSecretUntil, updatedAt: state.now });
}

export function decideTest(state: State, { webhookId, eventId }: Input<'webhook.test'>): DecisionOf<'webhook.test'> {
  webhookOf(state, webhookId);
  const what = { kind: 'test', eventId, eventType: 'webhook.test', position: null } as const;
  return outOfTurn(state, { webhookId, ...what });
}

export function decideRedeliver(
  state: State,
  { webhookId, deliveryId }: Input<'webhook.redeliver'>,
): DecisionOf<'webhook.redeliver'> {
  webhookOf(state, webhookId);
  const delivery = state.delivery(deliveryId);
  if (delivery?.webhookId !== webhookId) throw notFound(`Webhook ${webhookId} has no delivery ${deliveryId}`);
  const { eventId, eventType, position } = delivery;
  const kind = delivery.kind === 'test' ? 'test' : 'redelivery';
  return outOfTurn(state, { webhookId, kind, eventId, eventType, position });
}

/** Whoever is sending meanwhile would go on with what is passed over. */
function passedOver(webhook: WebhookState): WebhookState {
  return { ...withoutClaim(webhook), ...notFailing };
}

/** Whoever is sending meanwhile loses the claim. */
function withoutClaim(webhook: WebhookState): WebhookState {
  return { ...webhook, fence: webhook.fence + 1, leasedUntilMs: null };
}

function outOfTurn(
  state: State,
  what: Pick<DeliveryState, 'webhookId' | 'kind' | 'eventId' | 'eventType' | 'position'>,
): Decision<DeliveryState> {
  const delivery = newDelivery(state.nextId('delivery'), state.now, { ...what, nextAttemptAt: state.now });
  return { deliveries: [delivery], answer: delivery };
}

type NewDelivery = Pick<DeliveryState, 'webhookId' | 'kind' | 'eventId' | 'eventType' | 'position' | 'nextAttemptAt'>;

/** A delivery that has not been tried yet. */
export function newDelivery(id: number, createdAt: string, what: NewDelivery): DeliveryState {
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
function webhookOf(state: State, webhookId: number): WebhookState {
  const webhook = state.webhook(webhookId);
  if (!webhook) throw notFound(`There is no webhook ${webhookId}`);
  return webhook;
}

/** The delivery of the next event, where it has failed before. */
export function stuckDelivery(
  state: State,
  { stuckDeliveryId }: WebhookState,
): (DeliveryState & { position: number }) | undefined {
  const delivery = stuckDeliveryId === null ? undefined : state.delivery(stuckDeliveryId);
  return delivery?.position == null ? undefined : { ...delivery, position: delivery.position };
}

/** A delivery that is passed over. */
export function skipped(state: State, delivery: DeliveryState): DeliveryState {
  return { ...delivery, state: 'skipped', nextAttemptAt: null, finishedAt: state.now };
}

function changed(webhook: WebhookState): { webhooks: [WebhookState]; answer: WebhookState } {
  return { webhooks: [webhook], answer: webhook };
}

function badThrough(detail: string) {
  return invalidRequest([{ pointer: '/through', detail }]);
}

// Those who write while nodes are killed: some take orders through their lives, others get in the way of them.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client, Order, RequestOptions, Validation } from '../../../client/index.ts';
import { buildOrder } from '../orders.ts';
import { buildItems, type IntendedResult } from './policy.ts';
import type { Outcome, WriteAction } from './request-log.ts';
import { type RequestContext, recordWrite, requestWithRetry } from './requests.ts';

const fates: readonly IntendedResult[] = [
  ...Array<IntendedResult>(20).fill('passes'),
  ...Array<IntendedResult>(6).fill('fails'),
  'dies',
  'slow',
];
const lookAgainMs = 50;
/** How many orders, of those that were made last, others get in the way of. */
const contestedOrders = 12;

export type WriterContext = RequestContext & {
  /** Aborts when it is time to stop. */
  readonly over: AbortSignal;
  /** The orders that anybody may write to. */
  readonly contested: number[];
};

type Change = {
  action: Exclude<WriteAction, 'create'>;
  orderId: number;
  /** Of the validation that is to be tried again. */
  validationId?: number;
  items?: Order['items'];
  ifMatch?: number | undefined;
};

/** Takes orders through their lives, one after the other, until it is time to stop. */
export async function runOrderLifecycles(writer: WriterContext): Promise<void> {
  while (!writer.over.aborted) await liveThrough(writer);
}

async function liveThrough(writer: WriterContext): Promise<void> {
  const { random, contested } = writer;
  const { id: orderId, version } = await create(writer, buildItems(random.pick(fates)));
  if (random.chance(0.3)) contested.push(orderId);
  let ifMatch: number | undefined = version;
  for (let edits = random.below(3); edits > 0; edits -= 1) {
    const outcome = await change(writer, {
      action: 'edit',
      orderId,
      ifMatch: random.chance(0.5) ? ifMatch : undefined,
    });
    if (outcome.kind === 'order') ifMatch = outcome.order.version;
  }
  if (random.chance(0.1)) return;
  const started = await change(writer, { action: 'validate', orderId });
  if (started.kind !== 'validation') return;
  if (random.chance(0.15)) await change(writer, { action: 'reject', orderId });
  else if (random.chance(0.6)) await seeThrough(writer, started.validation);
}

/** Waits for the end of a validation, and does what people do then. */
async function seeThrough(writer: WriterContext, { id: validationId, orderId }: Validation): Promise<void> {
  const { random } = writer;
  const state = await endOf(writer, validationId);
  if (state === 'dead') {
    await change(writer, { action: 'edit', orderId, items: buildItems('passes') });
    const retried = await change(writer, { action: 'retry', orderId, validationId });
    if (retried.kind === 'validation') await endOf(writer, validationId);
  }
  if (state === 'failed' || state === undefined) return;
  if (random.chance(0.1)) await change(writer, { action: 'edit', orderId });
  await change(writer, { action: random.chance(0.8) ? 'approve' : 'reject', orderId });
}

/** Undefined where it was time to stop before. */
async function endOf(writer: WriterContext, validationId: number): Promise<Validation['state'] | undefined> {
  while (!writer.over.aborted) {
    const { state } = await requestWithRetry(writer, ({ validations }) => validations.get({ validationId }));
    if (state !== 'queued' && state !== 'running') return state;
    await pause(lookAgainMs);
  }
  return undefined;
}

/** Does anything to orders of others, now and then twice at once with the same key, until it is time to stop. */
export async function contendForOrders(writer: WriterContext): Promise<void> {
  const { random, contested, over } = writer;
  const actions = ['edit', 'edit', 'validate', 'approve', 'reject', 'retry'] as const;
  while (!over.aborted) {
    await pause(random.below(lookAgainMs));
    const orderId = contested.slice(-contestedOrders)[random.below(contestedOrders)];
    if (orderId === undefined) continue;
    const { version, validation } = await requestWithRetry(writer, ({ orders }) => orders.get({ orderId }));
    const action = random.pick(actions);
    if (action === 'retry' && !validation) continue;
    const ifMatch = random.chance(0.3) ? version : undefined;
    const options = { key: randomUUID(), tag: randomUUID(), isRepeatable: true };
    const once = () =>
      change(writer, { action, orderId, ifMatch, ...(validation && { validationId: validation.id }) }, options);
    await Promise.all(random.chance(0.3) ? [once(), once()] : [once()]);
  }
}

/** Creates and edits without a key, so that nobody may ask again, until it is time to stop. */
export async function writeWithoutKeys(writer: WriterContext): Promise<void> {
  const { random, over } = writer;
  while (!over.aborted) {
    await pause(random.below(2 * lookAgainMs));
    const tag = randomUUID();
    const send = createWith(buildOrder({ note: tag }), {});
    const created = await recordWrite(writer, { ...creation, tag, isKeyed: false }, send, false);
    if (created.kind !== 'order') continue;
    const { id: orderId } = created.order;
    await change(writer, { action: 'edit', orderId }, { key: '', tag: randomUUID(), isRepeatable: false });
  }
}

const creation = { action: 'create', orderId: undefined, expected: undefined } as const;

async function create(writer: WriterContext, items: Order['items']): Promise<Order> {
  const tag = randomUUID();
  const send = createWith(buildOrder({ note: tag, items }), { idempotencyKey: randomUUID() });
  const outcome = await recordWrite(writer, { ...creation, tag, isKeyed: true }, send, true);
  if (outcome.kind !== 'order') throw new Error(`no order was made: ${JSON.stringify(outcome)}`);
  return outcome.order;
}

function createWith(order: Parameters<Client['orders']['create']>[0], options: RequestOptions) {
  return async ({ orders }: Client): Promise<Outcome> => ({
    kind: 'order',
    order: await orders.create(order, options),
  });
}

/** How a write goes out: what it says and no other, and its key, which edits have no use for. */
type Sending = { tag: string; key: string; isRepeatable: boolean };

async function change(
  writer: WriterContext,
  { action, orderId, validationId = 0, items, ifMatch }: Change,
  { tag, key, isRepeatable }: Sending = { tag: randomUUID(), key: randomUUID(), isRepeatable: true },
): Promise<Outcome> {
  const condition: RequestOptions = ifMatch === undefined ? {} : { ifMatch };
  const once = { ...condition, idempotencyKey: key };
  const sends: Record<Change['action'], (client: Client) => Promise<Outcome>> = {
    edit: async ({ orders }) =>
      orderOutcome(await orders.edit({ orderId, note: tag, ...(items && { items }) }, condition)),
    validate: async ({ orders }) => validationOutcome((await orders.validate({ orderId }, once)).validation),
    retry: async ({ validations }) => validationOutcome(await validations.retry({ validationId }, once)),
    approve: async ({ orders }) => orderOutcome(await orders.approve({ orderId, note: tag }, once)),
    reject: async ({ orders }) => orderOutcome(await orders.reject({ orderId, reason: tag }, once)),
  };
  const entry = { action, tag, orderId, expected: ifMatch, isKeyed: action !== 'edit' };
  return recordWrite(writer, entry, sends[action], isRepeatable);
}

const orderOutcome = (order: Order): Outcome => ({ kind: 'order', order });
const validationOutcome = (validation: Validation): Outcome => ({ kind: 'validation', validation });

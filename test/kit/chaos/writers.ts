// Concurrent writers: some lead orders through the workflow, others write to the same orders at the same time.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type {
  Client,
  ConditionalOptions,
  IdempotentOptions,
  NewOrder,
  Order,
  Validation,
} from '../../../client/index.ts';
import { buildOrder } from '../http/orders.ts';
import { buildItems, type IntendedResult } from './policy.ts';
import { type RequestContext, recordWrite, requestWithRetry } from './requests.ts';
import type { Outcome, WriteAction } from './write-log.ts';

const intendedResults: readonly IntendedResult[] = [
  ...Array<IntendedResult>(20).fill('passed'),
  ...Array<IntendedResult>(6).fill('failed'),
  'dead',
  'slow',
];
const pollIntervalMs = 50;
/** The number of shared orders, the newest ones, to which concurrent writers write. */
const contendedOrders = 12;

export type WriterContext = RequestContext & {
  /** Stops the writer. */
  readonly stop: AbortSignal;
  /** The ids of the orders to which every writer may write. */
  readonly sharedOrderIds: number[];
};

type Change = {
  action: Exclude<WriteAction, 'create'>;
  orderId: number;
  /** The validation to retry. */
  validationId?: number;
  items?: NewOrder['items'];
  ifMatch?: number | undefined;
};

/** Leads one order after the other through the workflow until it is stopped. */
export async function runOrderLifecycles(writer: WriterContext): Promise<void> {
  while (!writer.stop.aborted) await runLifecycle(writer);
}

async function runLifecycle(writer: WriterContext): Promise<void> {
  const { random, sharedOrderIds } = writer;
  const order = await create(writer, buildItems(random.pick(intendedResults)), random.chance(0.3));
  const { id: orderId, version } = order;
  if (random.chance(0.3)) sharedOrderIds.push(orderId);
  if (order.validation) return continueAfterStart(writer, { id: order.validation.id, orderId });
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
  if (started.kind === 'validation') await continueAfterStart(writer, started.validation);
}

type StartedValidation = Pick<Validation, 'id' | 'orderId'>;

async function continueAfterStart(writer: WriterContext, started: StartedValidation): Promise<void> {
  const { random } = writer;
  if (random.chance(0.15)) await change(writer, { action: 'reject', orderId: started.orderId });
  else if (random.chance(0.6)) await decideAfterValidation(writer, started);
}

/** Waits for the end of a validation; retries it if it is dead; approves or rejects the order. */
async function decideAfterValidation(writer: WriterContext, { id: validationId, orderId }: StartedValidation) {
  const { random } = writer;
  const state = await waitForEndState(writer, validationId);
  if (state === 'dead') {
    await change(writer, { action: 'edit', orderId, items: buildItems('passed') });
    const retried = await change(writer, { action: 'retry', orderId, validationId });
    if (retried.kind === 'validation') await waitForEndState(writer, validationId);
  }
  if (state === 'failed' || state === undefined) return;
  if (random.chance(0.1)) await change(writer, { action: 'edit', orderId });
  await change(writer, { action: random.chance(0.8) ? 'approve' : 'reject', orderId });
}

/** Undefined if the writer is stopped before the validation has ended. */
async function waitForEndState(writer: WriterContext, validationId: number): Promise<Validation['state'] | undefined> {
  while (!writer.stop.aborted) {
    const { state } = await requestWithRetry(writer, ({ validations }) => validations.get({ validationId }));
    if (state !== 'queued' && state !== 'running') return state;
    await pause(pollIntervalMs);
  }
  return undefined;
}

/** Sends random changes of shared orders, some of them twice at once with the same key, until it is stopped. */
export async function contendForOrders(writer: WriterContext): Promise<void> {
  const { random, sharedOrderIds, stop } = writer;
  const actions = ['edit', 'edit', 'validate', 'approve', 'reject', 'retry'] as const;
  while (!stop.aborted) {
    await pause(random.below(pollIntervalMs));
    const orderId = sharedOrderIds.slice(-contendedOrders)[random.below(contendedOrders)];
    if (orderId === undefined) continue;
    const { version, validation } = await requestWithRetry(writer, ({ orders }) => orders.get({ orderId }));
    const action = random.pick(actions);
    if (action === 'retry' && !validation) continue;
    const ifMatch = random.chance(0.3) ? version : undefined;
    const identity = { key: randomUUID(), tag: randomUUID(), isRepeatable: true };
    const send = () =>
      change(writer, { action, orderId, ifMatch, ...(validation && { validationId: validation.id }) }, identity);
    await Promise.all(random.chance(0.3) ? [send(), send()] : [send()]);
  }
}

/** Creates and edits orders without idempotency keys, and therefore without repetitions, until it is stopped. */
export async function writeWithoutKeys(writer: WriterContext): Promise<void> {
  const { random, stop } = writer;
  while (!stop.aborted) {
    await pause(random.below(2 * pollIntervalMs));
    const tag = randomUUID();
    const send = createSend(buildOrder({ note: tag }), {});
    const created = await recordWrite(writer, { ...creation, tag, isKeyed: false }, send, false);
    if (created.kind !== 'order') continue;
    const { id: orderId } = created.order;
    await change(writer, { action: 'edit', orderId }, { key: '', tag: randomUUID(), isRepeatable: false });
  }
}

const creation = { action: 'create', orderId: undefined, expectedVersion: undefined } as const;

async function create(writer: WriterContext, items: NewOrder['items'], validate: boolean): Promise<Order> {
  const tag = randomUUID();
  const send = createSend({ ...buildOrder({ note: tag, items }), validate }, { idempotencyKey: randomUUID() });
  const outcome = await recordWrite(writer, { ...creation, tag, isKeyed: true }, send, true);
  if (outcome.kind !== 'order') throw new Error(`no order was created: ${JSON.stringify(outcome)}`);
  return outcome.order;
}

function createSend(order: Parameters<Client['orders']['create']>[0], options: IdempotentOptions) {
  return async ({ orders }: Client): Promise<Outcome> => ({
    kind: 'order',
    order: await orders.create(order, options),
  });
}

/** The tag and the idempotency key of a write. Edits do not use the key. */
type WriteIdentity = { tag: string; key: string; isRepeatable: boolean };

async function change(
  writer: WriterContext,
  { action, orderId, validationId = 0, items, ifMatch }: Change,
  { tag, key, isRepeatable }: WriteIdentity = { tag: randomUUID(), key: randomUUID(), isRepeatable: true },
): Promise<Outcome> {
  const condition: ConditionalOptions = ifMatch === undefined ? {} : { ifMatch };
  const keyed = { ...condition, idempotencyKey: key };
  const sends: Record<Change['action'], (client: Client) => Promise<Outcome>> = {
    edit: async ({ orders }) =>
      toOrderOutcome(await orders.edit({ orderId, note: tag, ...(items && { items }) }, condition)),
    validate: async ({ orders }) => toValidationOutcome((await orders.validate({ orderId }, keyed)).validation),
    retry: async ({ validations }) => toValidationOutcome(await validations.retry({ validationId }, keyed)),
    approve: async ({ orders }) => toOrderOutcome(await orders.approve({ orderId, note: tag }, keyed)),
    reject: async ({ orders }) => toOrderOutcome(await orders.reject({ orderId, reason: tag }, keyed)),
  };
  const write = { action, tag, orderId, expectedVersion: ifMatch, isKeyed: action !== 'edit' };
  return recordWrite(writer, write, sends[action], isRepeatable);
}

const toOrderOutcome = (order: Order): Outcome => ({ kind: 'order', order });
const toValidationOutcome = (validation: Validation): Outcome => ({ kind: 'validation', validation });

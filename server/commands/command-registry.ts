// The table of all commands: what each one loads, and the function that decides it.

import type { Command, CommandType, Decision, InputOf } from '../domain/commands.ts';
import * as deliveries from '../domain/delivery-decisions.ts';
import * as orders from '../domain/order-decisions.ts';
import * as runs from '../domain/run-decisions.ts';
import type { CurrentState, ReadSet } from '../domain/state.ts';
import * as webhooks from '../domain/webhook-decisions.ts';

type CommandDefinition<Type extends CommandType> = {
  readSet(input: InputOf<Type>): ReadSet;
  decide(state: CurrentState, input: InputOf<Type>): Decision<Type>;
};

const order = ({ orderId }: { orderId: number }): ReadSet => ({ orderIds: [orderId] });
const run = ({ runId }: { runId: number }): ReadSet => ({ runIds: [runId] });
const webhook = ({ webhookId }: { webhookId: number }): ReadSet => ({ webhookIds: [webhookId] });
const references = (reference: string | null | undefined): string[] => (reference == null ? [] : [reference]);

const registry: { [Type in CommandType]: CommandDefinition<Type> } = {
  'order.create': {
    readSet: ({ order: { reference } }) => ({ references: references(reference), ids: ['order'] }),
    decide: orders.decideCreate,
  },
  'order.edit': {
    readSet: ({ orderId, edit }) => ({ orderIds: [orderId], references: references(edit.reference) }),
    decide: orders.decideEdit,
  },
  'order.validate': {
    readSet: ({ orderId }) => ({ orderIds: [orderId], ids: ['run'] }),
    decide: orders.decideValidate,
  },
  'order.retry': { readSet: ({ validationId }) => ({ runIds: [validationId] }), decide: orders.decideRetry },
  'order.approve': { readSet: order, decide: orders.decideApprove },
  'order.reject': { readSet: order, decide: orders.decideReject },
  'run.claim': { readSet: run, decide: runs.decideClaim },
  'run.renew': { readSet: run, decide: runs.decideRenew },
  'run.settle': { readSet: run, decide: runs.decideSettle },
  'run.release': { readSet: run, decide: runs.decideRelease },
  'run.requeue': { readSet: run, decide: runs.decideRequeue },
  'webhook.create': { readSet: () => ({ ids: ['webhook'], head: true }), decide: webhooks.decideCreate },
  'webhook.edit': { readSet: webhook, decide: webhooks.decideEdit },
  'webhook.delete': { readSet: webhook, decide: webhooks.decideDelete },
  'webhook.pause': { readSet: webhook, decide: webhooks.decidePause },
  'webhook.resume': { readSet: webhook, decide: webhooks.decideResume },
  'webhook.skip': { readSet: (input) => ({ ...webhook(input), head: true }), decide: webhooks.decideSkip },
  'webhook.rotate-secret': { readSet: webhook, decide: webhooks.decideRotate },
  'webhook.test': { readSet: (input) => ({ ...webhook(input), ids: ['delivery'] }), decide: webhooks.decideTest },
  'webhook.redeliver': {
    readSet: (input) => ({ ...webhook(input), deliveryIds: [input.deliveryId], ids: ['delivery'] }),
    decide: webhooks.decideRedeliver,
  },
  'webhook.claim': { readSet: webhook, decide: deliveries.decideClaim },
  'webhook.renew': { readSet: webhook, decide: deliveries.decideRenew },
  'webhook.record': {
    readSet: ({ webhookId, attempts }) => ({
      webhookIds: [webhookId],
      deliveryIds: attempts.flatMap(({ subject }) => (subject.kind === 'requested' ? [subject.deliveryId] : [])),
      ids: attempts.flatMap(({ subject }) => (subject.kind === 'event' ? ['delivery'] : [])),
    }),
    decide: deliveries.decideRecord,
  },
  'webhook.release': { readSet: webhook, decide: deliveries.decideRelease },
  'deliveries.purge': {
    readSet: () => ({ expired: ['deliveries'] }),
    decide: ({ expired }) => ({ purged: { deliveries: expired.deliveries }, result: expired.deliveries.length }),
  },
  'policy.check': { readSet: () => ({}), decide: (_, { check }) => ({ result: check }) },
  'idempotency-keys.purge': {
    readSet: () => ({ expired: ['idempotencyKeys'] }),
    decide: ({ expired: { idempotencyKeys } }) => ({ purged: { idempotencyKeys }, result: idempotencyKeys.length }),
  },
};

/** Returns what must be loaded before the command can be decided. */
export function readSetFor<Type extends CommandType>(command: Command<Type>): ReadSet {
  return registry[command.type].readSet(command);
}

/**
 * Decides a command on the current state.
 * @throws RequestProblem the command is refused
 */
export function decide<Type extends CommandType>(state: CurrentState, command: Command<Type>): Decision<Type> {
  return registry[command.type].decide(state, command);
}

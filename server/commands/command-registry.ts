// The table of all commands: what each one loads, and the function that decides it.

import type { Command, CommandType, Decision, InputOf } from '../domain/commands.ts';
import {
  decideClaimWebhook,
  decideRecordAttempts,
  decideReleaseWebhook,
  decideRenewWebhook,
} from '../domain/delivery-decisions.ts';
import {
  decideApproveOrder,
  decideCreateOrder,
  decideEditOrder,
  decideRejectOrder,
  decideRetryValidation,
  decideValidateOrder,
} from '../domain/order-decisions.ts';
import { decideRedelivery, decideTestDelivery } from '../domain/requested-deliveries.ts';
import {
  decideClaimRun,
  decideReleaseRun,
  decideRenewRun,
  decideRequeueRun,
  decideSettleRun,
} from '../domain/run-decisions.ts';
import type { CurrentState, ReadSet } from '../domain/state.ts';
import {
  decideCreateWebhook,
  decideDeleteWebhook,
  decideEditWebhook,
  decidePauseWebhook,
  decideResumeWebhook,
  decideRotateSecret,
  decideSkipEvents,
} from '../domain/webhook-decisions.ts';

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
    readSet: ({ order: { reference }, validation }) => ({
      references: references(reference),
      ids: validation ? ['order', 'run'] : ['order'],
    }),
    decide: decideCreateOrder,
  },
  'order.edit': {
    readSet: ({ orderId, edit }) => ({ orderIds: [orderId], references: references(edit.reference) }),
    decide: decideEditOrder,
  },
  'order.validate': {
    readSet: ({ orderId }) => ({ orderIds: [orderId], ids: ['run'] }),
    decide: decideValidateOrder,
  },
  'order.retry': { readSet: ({ validationId }) => ({ runIds: [validationId] }), decide: decideRetryValidation },
  'order.approve': { readSet: order, decide: decideApproveOrder },
  'order.reject': { readSet: order, decide: decideRejectOrder },
  'run.claim': { readSet: run, decide: decideClaimRun },
  'run.renew': { readSet: run, decide: decideRenewRun },
  'run.settle': { readSet: run, decide: decideSettleRun },
  'run.release': { readSet: run, decide: decideReleaseRun },
  'run.requeue': { readSet: run, decide: decideRequeueRun },
  'webhook.create': { readSet: () => ({ ids: ['webhook'], head: true }), decide: decideCreateWebhook },
  'webhook.edit': { readSet: webhook, decide: decideEditWebhook },
  'webhook.delete': { readSet: webhook, decide: decideDeleteWebhook },
  'webhook.pause': { readSet: webhook, decide: decidePauseWebhook },
  'webhook.resume': { readSet: webhook, decide: decideResumeWebhook },
  'webhook.skip': { readSet: (input) => ({ ...webhook(input), head: true }), decide: decideSkipEvents },
  'webhook.rotate-secret': { readSet: webhook, decide: decideRotateSecret },
  'webhook.test': {
    readSet: (input) => ({ ...webhook(input), ids: ['delivery'] }),
    decide: decideTestDelivery,
  },
  'webhook.redeliver': {
    readSet: (input) => ({ ...webhook(input), deliveryIds: [input.deliveryId], ids: ['delivery'] }),
    decide: decideRedelivery,
  },
  'webhook.claim': { readSet: webhook, decide: decideClaimWebhook },
  'webhook.renew': { readSet: webhook, decide: decideRenewWebhook },
  'webhook.record': {
    readSet: ({ webhookId, attempts }) => ({
      webhookIds: [webhookId],
      deliveryIds: attempts.flatMap(({ subject }) => (subject.kind === 'requested' ? [subject.deliveryId] : [])),
      ids: attempts.flatMap(({ subject }) => (subject.kind === 'event' ? ['delivery'] : [])),
    }),
    decide: decideRecordAttempts,
  },
  'webhook.release': { readSet: webhook, decide: decideReleaseWebhook },
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

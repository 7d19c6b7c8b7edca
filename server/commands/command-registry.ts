// The table of all commands: what each needs to have loaded, and who decides it. The door asks nothing else.

import type { AnyCommand, Commands } from '../domain/commands.ts';
import * as sending from '../domain/delivery-decisions.ts';
import * as orders from '../domain/order-decisions.ts';
import * as runs from '../domain/run-decisions.ts';
import type { Needs, State } from '../domain/state.ts';
import * as webhooks from '../domain/webhook-decisions.ts';
import type { Decision } from './command-bus.ts';

type Entry<Type extends keyof Commands> = {
  needs(input: Commands[Type]['input']): Needs;
  decide(state: State, input: Commands[Type]['input']): Decision<Commands[Type]['answer']>;
};

const order = ({ orderId }: { orderId: number }): Needs => ({ orderIds: [orderId] });
const run = ({ runId }: { runId: number }): Needs => ({ runIds: [runId] });
const webhook = ({ webhookId }: { webhookId: number }): Needs => ({ webhookIds: [webhookId] });
const references = (reference: string | null | undefined): string[] => (reference == null ? [] : [reference]);

const decisions: { [Type in keyof Commands]: Entry<Type> } = {
  'order.create': {
    needs: ({ order: { reference } }) => ({ references: references(reference), ids: ['order'] }),
    decide: orders.decideCreate,
  },
  'order.edit': {
    needs: ({ orderId, edit }) => ({ orderIds: [orderId], references: references(edit.reference) }),
    decide: orders.decideEdit,
  },
  'order.validate': { needs: ({ orderId }) => ({ orderIds: [orderId], ids: ['run'] }), decide: orders.decideValidate },
  'order.retry': { needs: ({ validationId }) => ({ runIds: [validationId] }), decide: orders.decideRetry },
  'order.approve': { needs: order, decide: orders.decideApprove },
  'order.reject': { needs: order, decide: orders.decideReject },
  'run.claim': { needs: run, decide: runs.decideClaim },
  'run.renew': { needs: run, decide: runs.decideRenew },
  'run.settle': { needs: run, decide: runs.decideSettle },
  'run.release': { needs: run, decide: runs.decideRelease },
  'run.requeue': { needs: run, decide: runs.decideRequeue },
  'webhook.create': { needs: () => ({ ids: ['webhook'], head: true }), decide: webhooks.decideCreate },
  'webhook.edit': { needs: webhook, decide: webhooks.decideEdit },
  'webhook.delete': { needs: webhook, decide: webhooks.decideDelete },
  'webhook.pause': { needs: webhook, decide: webhooks.decidePause },
  'webhook.resume': { needs: webhook, decide: webhooks.decideResume },
  'webhook.skip': { needs: (input) => ({ ...webhook(input), head: true }), decide: webhooks.decideSkip },
  'webhook.rotate-secret': { needs: webhook, decide: webhooks.decideRotate },
  'webhook.test': { needs: (input) => ({ ...webhook(input), ids: ['delivery'] }), decide: webhooks.decideTest },
  'webhook.redeliver': {
    needs: (input) => ({ ...webhook(input), deliveryIds: [input.deliveryId], ids: ['delivery'] }),
    decide: webhooks.decideRedeliver,
  },
  'webhook.claim': { needs: webhook, decide: sending.decideClaim },
  'webhook.renew': { needs: webhook, decide: sending.decideRenew },
  'webhook.record': {
    needs: ({ webhookId, attempts }) => ({
      webhookIds: [webhookId],
      deliveryIds: attempts.flatMap(({ sent }) => (sent.kind === 'out-of-turn' ? [sent.deliveryId] : [])),
      ids: attempts.flatMap(({ sent }) => (sent.kind === 'event' ? ['delivery'] : [])),
    }),
    decide: sending.decideRecord,
  },
  'webhook.release': { needs: webhook, decide: sending.decideRelease },
  'deliveries.forget': {
    needs: () => ({ forgettable: ['deliveries'] }),
    decide: ({ forgettable: { deliveries } }) => ({ forgotten: { deliveries }, answer: deliveries.length }),
  },
  'policy.check': { needs: () => ({}), decide: (_, { result }) => ({ answer: result }) },
  'answers.forget': {
    needs: () => ({ forgettable: ['answers'] }),
    decide: ({ forgettable: { answers } }) => ({ forgotten: { answers }, answer: answers.length }),
  },
};

/** What has to be loaded before the command can be decided. */
export function needsOf(command: AnyCommand): Needs {
  return entryOf(command).needs(command);
}

/**
 * Decides a command on the state.
 * @throws ProblemError the refusal of the command
 */
export function decide(state: State, command: AnyCommand): Decision<unknown> {
  return entryOf(command).decide(state, command);
}

/** The table is typed row by row; here, where the type of the command picks the row, they fit by construction. */
function entryOf(command: AnyCommand) {
  return decisions[command.type] as {
    needs(input: AnyCommand): Needs;
    decide(state: State, input: AnyCommand): Decision<unknown>;
  };
}

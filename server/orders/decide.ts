// Decides the commands of people and programs. Pure: what may happen stands in the workflow table, what is known in the
// state, and nothing here asks the world.

import { isDeepStrictEqual } from 'node:util';
import { type EditableField, editableFields, totalOf } from '../../contract/order.ts';
import { type Action, refusalOf, workflow } from '../../contract/workflow.ts';
import { changeOrder, orderChange } from '../events/change.ts';
import { notFound, ProblemError, problem } from '../problem.ts';
import type { Decision } from '../store/door.ts';
import { isOpen, type OrderState, type RunState, type State } from '../store/state.ts';
import { ended } from '../validation/decide.ts';
import type { Commands, RunTerms } from './commands.ts';
import { toValidation } from './views.ts';

type Input<Type extends keyof Commands> = Commands[Type]['input'];
type Answer<Type extends keyof Commands> = Decision<Commands[Type]['answer']>;

export function decideCreate(state: State, { origin, order: content }: Input<'order.create'>): Answer<'order.create'> {
  const conflict = referenceConflict(state, content.reference, undefined);
  if (conflict) return conflict;
  const { note, metadata, ...head } = content;
  const order: OrderState = {
    id: state.next.orderId,
    ...head,
    total: exactTotal(content.items),
    note,
    metadata,
    status: 'CREATED',
    version: 1,
    rejection: null,
    validation: null,
    createdBy: origin.actor.id,
    createdAt: state.now,
    updatedAt: state.now,
  };
  const change = orderChange(order, origin, { type: 'order.created', data: { order: content } });
  return { ...change, answer: order };
}

export function decideEdit(state: State, { origin, orderId, edit }: Input<'order.edit'>): Answer<'order.edit'> {
  const order = allowedOrder(state, orderId, 'edit');
  if (order instanceof ProblemError) return order;
  const changes = changedFields(order, edit);
  if (changes.length === 0) return { answer: order };
  const conflict = referenceConflict(state, edit.reference ?? null, orderId);
  if (conflict) return conflict;
  const fields = Object.fromEntries(changes.map((field) => [field, edit[field]]));
  const total = edit.items ? { total: exactTotal(edit.items) } : {};
  const told = changes.map((field) => [field, { from: order[field], to: edit[field] }]);
  const change = changeOrder(state, order, { ...fields, ...total }, origin, {
    type: 'order.updated',
    data: { changes: Object.fromEntries(told) },
  });
  return { ...change, answer: change.orders[0] };
}

export function decideValidate(state: State, command: Input<'order.validate'>): Answer<'order.validate'> {
  const order = allowedOrder(state, command.orderId, 'validate');
  if (order instanceof ProblemError) return order;
  const latest = latestRun(state, order);
  if (latest && isOpen(latest)) return { answer: toValidation(latest) };
  const run = { id: state.next.runId, orderId: order.id, fence: 0, createdAt: state.now };
  return startRun(state, order, run, command, false);
}

export function decideRetry(state: State, command: Input<'order.retry'>): Answer<'order.retry'> {
  const former = state.run(command.validationId);
  if (!former) return notFound(`There is no validation ${command.validationId}`);
  const order = allowedOrder(state, former.orderId, 'retry');
  if (order instanceof ProblemError) return order;
  if (order.validation?.id !== former.id) {
    const detail = `Cannot retry validation ${former.id}: it is not the latest of its order`;
    return problem('conflict', detail, { orderId: order.id });
  }
  return startRun(state, order, former, command, true);
}

export function decideApprove(state: State, command: Input<'order.approve'>): Answer<'order.approve'> {
  const order = allowedOrder(state, command.orderId, 'approve');
  if (order instanceof ProblemError) return order;
  const change = changeOrder(state, order, { status: 'APPROVED' }, command.origin, {
    type: 'order.approved',
    data: { note: command.note },
  });
  return { ...change, answer: change.orders[0] };
}

export function decideReject(state: State, { origin, ...command }: Input<'order.reject'>): Answer<'order.reject'> {
  const order = allowedOrder(state, command.orderId, 'reject');
  if (order instanceof ProblemError) return order;
  const latest = latestRun(state, order);
  const cancelled = latest && isOpen(latest) ? latest : undefined;
  const fields: Partial<OrderState> = {
    status: 'REJECTED',
    rejection: { by: origin.actor, reason: command.reason },
    ...(cancelled ? { validation: { id: cancelled.id, state: 'cancelled' } } : {}),
  };
  const change = changeOrder(state, order, fields, origin, {
    type: 'order.rejected',
    data: { reason: command.reason, validationId: cancelled?.id ?? null, findings: [] },
  });
  const end = cancelled ? ended(state, cancelled, { state: 'cancelled' }) : {};
  return { ...change, ...end, answer: change.orders[0] };
}

type RunStart = Pick<RunState, 'id' | 'orderId' | 'fence' | 'createdAt'>;

/** Begins a run, new or again: attempts count from 0, on the present version and policy. The fence goes on. */
function startRun(
  state: State,
  order: OrderState,
  { id, orderId, fence, createdAt }: RunStart,
  { origin, policyVersion, maxAttempts }: RunTerms & Pick<Input<'order.validate'>, 'origin'>,
  isRetry: boolean,
): Decision<Commands['order.validate']['answer']> {
  const change = changeOrder(state, order, { validation: { id, state: 'open' } }, origin, {
    type: 'order.validation_started',
    data: { validationId: id, policyVersion, isRetry },
  });
  const run: RunState = {
    ...{ id, orderId, orderVersion: order.version, state: 'queued', attempt: 0, maxAttempts, policyVersion },
    ...{ findings: [], error: null, createdAt, startedAt: null, finishedAt: null, fence },
  };
  const job = { kind: 'enqueue', runId: id, dueAt: Date.parse(state.now) } as const;
  return { ...change, runs: [run], jobs: [job], answer: toValidation(run) };
}

/** The order, if there is one and it allows the action; else the problem. */
function allowedOrder(state: State, orderId: number, action: Action): OrderState | ProblemError {
  const order = state.order(orderId);
  if (!order) return notFound(`There is no order ${orderId}`);
  const refusal = refusalOf(action, order);
  if (!refusal) return order;
  if (refusal.code === 'invalid-transition') {
    const members = { action, currentStatus: order.status, allowedFrom: [...workflow[action].from] };
    return problem(refusal.code, refusal.detail, members);
  }
  if (refusal.code === 'validation-in-progress' && order.validation) {
    return problem(refusal.code, refusal.detail, { validationId: order.validation.id });
  }
  return problem('conflict', refusal.detail, { orderId });
}

function latestRun(state: State, order: OrderState): RunState | undefined {
  return order.validation ? state.run(order.validation.id) : undefined;
}

function changedFields(order: OrderState, edit: Input<'order.edit'>['edit']): EditableField[] {
  return editableFields.filter((field) => edit[field] !== undefined && !isDeepStrictEqual(edit[field], order[field]));
}

function referenceConflict(state: State, reference: string | null, orderId: number | undefined) {
  const owner = reference === null ? undefined : state.orderIdOfReference(reference);
  if (owner === undefined || owner === orderId) return undefined;
  return problem('conflict', `The reference belongs to order ${owner}`, { orderId: owner });
}

/** The contract lets no total through that is not exact. */
function exactTotal(items: OrderState['items']): number {
  const total = totalOf(items);
  if (total === undefined) throw new Error('the total of an order is not a safe integer');
  return total;
}

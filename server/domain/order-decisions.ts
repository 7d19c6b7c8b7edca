// Decides the commands on orders. Pure: a decision depends on the current state, the command and the workflow table.

import { isDeepStrictEqual } from 'node:util';
import { computeTotal, type EditableField, editableFields } from '../../contract/schemas/order.ts';
import { type Action, findRefusal, workflow } from '../../contract/workflow.ts';
import type { Decision, InputOf } from './commands.ts';
import { createFirstVersion, createNextVersion, type OrderState } from './order.ts';
import { createNotFoundProblem, createProblem } from './problem.ts';
import { isOpen, type RunState } from './run.ts';
import { endRun, restartRun, startNewRun } from './run-decisions.ts';
import type { CurrentState } from './state.ts';

export function decideCreateOrder(
  state: CurrentState,
  { initiator, order: content, validation }: InputOf<'order.create'>,
): Decision<'order.create'> {
  assertReferenceIsFree(state, content.reference, undefined);
  const order: OrderState = {
    id: state.nextId('order'),
    ...content,
    total: computeExactTotal(content.items),
    status: 'CREATED',
    version: 1,
    rejection: null,
    validation: null,
    createdBy: initiator.actor.id,
    contributors: [initiator.actor.id],
    createdAt: state.now,
    updatedAt: state.now,
  };
  const created = createFirstVersion(order, initiator, { type: 'order.created', data: { order: content } });
  if (!validation) return { ...created, result: order };
  const started = startNewRun(state, order, { initiator, ...validation });
  return { ...started, events: [...created.events, ...started.events], result: started.orders[0] };
}

export function decideEditOrder(state: CurrentState, command: InputOf<'order.edit'>): Decision<'order.edit'> {
  const { initiator, orderId, edit } = command;
  const order = requireAllowedOrder(state, command, 'edit');
  const changes = findChangedFields(order, edit);
  assertReferenceIsFree(state, edit.reference ?? null, orderId);
  assertVersion(order, command);
  if (changes.length === 0) return { result: order };
  const fields = Object.fromEntries(changes.map((field) => [field, edit[field]]));
  const total = edit.items ? { total: computeExactTotal(edit.items) } : {};
  const recorded = changes.map((field) => [field, { from: order[field], to: edit[field] }]);
  const contributors = [...new Set([...order.contributors, initiator.actor.id])];
  const change = createNextVersion(state, order, { ...fields, ...total, contributors }, initiator, {
    type: 'order.updated',
    data: { changes: Object.fromEntries(recorded) },
  });
  return { ...change, result: change.orders[0] };
}

export function decideValidateOrder(
  state: CurrentState,
  command: InputOf<'order.validate'>,
): Decision<'order.validate'> {
  const order = requireAllowedOrder(state, command, 'validate');
  assertVersion(order, command);
  const latest = findLatestRun(state, order);
  if (latest && isOpen(latest)) return { result: latest };
  return startNewRun(state, order, command);
}

export function decideRetryValidation(state: CurrentState, command: InputOf<'order.retry'>): Decision<'order.retry'> {
  const previous = state.run(command.validationId);
  if (!previous) throw createNotFoundProblem(`Validation ${command.validationId} does not exist`);
  const order = requireAllowedOrder(state, previous, 'retry');
  if (order.validation?.id !== previous.id) {
    const detail = `Cannot retry validation ${previous.id}: it is not the latest of its order`;
    throw createProblem('conflict', detail, { orderId: order.id });
  }
  assertVersion(order, command);
  return restartRun(state, order, previous, command);
}

export function decideApproveOrder(state: CurrentState, command: InputOf<'order.approve'>): Decision<'order.approve'> {
  const order = requireAllowedOrder(state, command, 'approve');
  assertSeparationOfDuties(order, command);
  assertVersion(order, command);
  const change = createNextVersion(state, order, { status: 'APPROVED' }, command.initiator, {
    type: 'order.approved',
    data: { note: command.note },
  });
  return { ...change, result: change.orders[0] };
}

export function decideRejectOrder(
  state: CurrentState,
  { initiator, ...command }: InputOf<'order.reject'>,
): Decision<'order.reject'> {
  const order = requireAllowedOrder(state, command, 'reject');
  assertVersion(order, command);
  const latest = findLatestRun(state, order);
  const cancelled = latest && isOpen(latest) ? latest : undefined;
  const fields: Partial<OrderState> = {
    status: 'REJECTED',
    rejection: { by: initiator.actor, reason: command.reason },
    ...(cancelled ? { validation: { id: cancelled.id, state: 'cancelled' } } : {}),
  };
  const change = createNextVersion(state, order, fields, initiator, {
    type: 'order.rejected',
    data: { reason: command.reason, validationId: cancelled?.id ?? null, findings: [] },
  });
  const end = cancelled ? endRun(state, cancelled, { state: 'cancelled' }) : {};
  return { ...change, ...end, result: change.orders[0] };
}

/** @throws RequestProblem the order does not exist or does not allow the action */
function requireAllowedOrder(state: CurrentState, { orderId }: { orderId: number }, action: Action): OrderState {
  const order = state.order(orderId);
  if (!order) throw createNotFoundProblem(`Order ${orderId} does not exist`);
  const refusal = findRefusal(action, order);
  if (!refusal) return order;
  if (refusal.code === 'invalid-transition') {
    const members = { action, currentStatus: order.status, allowedFrom: [...workflow[action].from] };
    throw createProblem(refusal.code, refusal.detail, members);
  }
  if (refusal.code === 'validation-in-progress' && order.validation) {
    throw createProblem(refusal.code, refusal.detail, { validationId: order.validation.id });
  }
  throw createProblem('conflict', refusal.detail, { orderId });
}

/** @throws RequestProblem `separation-of-duties` */
function assertSeparationOfDuties(
  { contributors }: OrderState,
  { initiator, hasSeparationOfDuties }: InputOf<'order.approve'>,
): void {
  if (!hasSeparationOfDuties || !contributors.includes(initiator.actor.id)) return;
  throw createProblem('separation-of-duties', 'A principal that created or edited the order cannot approve it.', {});
}

/** @throws RequestProblem `version-mismatch`; `expected` has no weak or foreign tags */
function assertVersion({ version }: OrderState, { expected }: Pick<InputOf<'order.reject'>, 'expected'>): void {
  if (expected === undefined || expected === '*' || expected.includes(version)) return;
  const isStale = expected.some((other) => other < version);
  const reason = isStale ? 'The order has changed' : 'If-Match names no version of the order';
  throw createProblem('version-mismatch', `${reason}: its ETag is "${version}".`, { currentVersion: version });
}

function findLatestRun(state: CurrentState, order: OrderState): RunState | undefined {
  return order.validation ? state.run(order.validation.id) : undefined;
}

/** Returns the fields that the edit changes. Compared as stored JSON, in which −0 equals 0. */
function findChangedFields(order: OrderState, edit: InputOf<'order.edit'>['edit']): EditableField[] {
  const given: typeof edit = JSON.parse(JSON.stringify(edit));
  return editableFields.filter((field) => given[field] !== undefined && !isDeepStrictEqual(given[field], order[field]));
}

/** @throws RequestProblem `conflict` if another order has the reference */
function assertReferenceIsFree(state: CurrentState, reference: string | null, orderId: number | undefined): void {
  const owner = reference === null ? undefined : state.findOrderIdByReference(reference);
  if (owner === undefined || owner === orderId) return;
  throw createProblem('conflict', `The reference belongs to order ${owner}`, { orderId: owner });
}

/** The contract rejects orders whose total is not a safe integer. */
function computeExactTotal(items: OrderState['items']): number {
  const total = computeTotal(items);
  if (total === undefined) throw new Error('the total of an order is not a safe integer');
  return total;
}

// Decides what people and programs do to orders. Pure: what may happen stands in the workflow table, what is known in
// the state, and nothing here asks the world.

import { isDeepStrictEqual } from 'node:util';
import { computeTotal, type EditableField, editableFields } from '../../contract/order.ts';
import { type Action, findRefusal, workflow } from '../../contract/workflow.ts';
import type { Decision, InputOf } from './commands.ts';
import type { OrderState } from './order.ts';
import { createFirstVersion, createNextVersion } from './order.ts';
import type { RunSettings } from './order-commands.ts';
import { createProblem, notFound } from './problem.ts';
import { isOpen, type RunState } from './run.ts';
import { endRun } from './run-decisions.ts';
import type { CurrentState } from './state.ts';

export function decideCreate(
  state: CurrentState,
  { initiator, order: content }: InputOf<'order.create'>,
): Decision<'order.create'> {
  assertReferenceIsFree(state, content.reference, undefined);
  const order: OrderState = {
    id: state.nextId('order'),
    ...content,
    total: exactTotal(content.items),
    status: 'CREATED',
    version: 1,
    rejection: null,
    validation: null,
    createdBy: initiator.actor.id,
    contributors: [initiator.actor.id],
    createdAt: state.now,
    updatedAt: state.now,
  };
  const change = createFirstVersion(order, initiator, { type: 'order.created', data: { order: content } });
  return { ...change, result: order };
}

export function decideEdit(state: CurrentState, command: InputOf<'order.edit'>): Decision<'order.edit'> {
  const { initiator, orderId, edit } = command;
  const order = allowedOrder(state, command, 'edit');
  const changes = changedFields(order, edit);
  assertReferenceIsFree(state, edit.reference ?? null, orderId);
  assertVersion(order, command);
  if (changes.length === 0) return { result: order };
  const fields = Object.fromEntries(changes.map((field) => [field, edit[field]]));
  const total = edit.items ? { total: exactTotal(edit.items) } : {};
  const told = changes.map((field) => [field, { from: order[field], to: edit[field] }]);
  const contributors = [...new Set([...order.contributors, initiator.actor.id])];
  const change = createNextVersion(state, order, { ...fields, ...total, contributors }, initiator, {
    type: 'order.updated',
    data: { changes: Object.fromEntries(told) },
  });
  return { ...change, result: change.orders[0] };
}

export function decideValidate(state: CurrentState, command: InputOf<'order.validate'>): Decision<'order.validate'> {
  const order = allowedOrder(state, command, 'validate');
  assertVersion(order, command);
  const latest = latestRun(state, order);
  if (latest && isOpen(latest)) return { result: latest };
  const run = { id: state.nextId('run'), orderId: order.id, fence: 0, createdAt: state.now };
  return startRun(state, order, run, command, false);
}

export function decideRetry(state: CurrentState, command: InputOf<'order.retry'>): Decision<'order.retry'> {
  const former = state.run(command.validationId);
  if (!former) throw notFound(`There is no validation ${command.validationId}`);
  const order = allowedOrder(state, former, 'retry');
  if (order.validation?.id !== former.id) {
    const detail = `Cannot retry validation ${former.id}: it is not the latest of its order`;
    throw createProblem('conflict', detail, { orderId: order.id });
  }
  assertVersion(order, command);
  // Whoever saw it before comes too late to claim it.
  return startRun(state, order, { ...former, fence: former.fence + 1 }, command, true);
}

export function decideApprove(state: CurrentState, command: InputOf<'order.approve'>): Decision<'order.approve'> {
  const order = allowedOrder(state, command, 'approve');
  assertDuties(order, command);
  assertVersion(order, command);
  const change = createNextVersion(state, order, { status: 'APPROVED' }, command.initiator, {
    type: 'order.approved',
    data: { note: command.note },
  });
  return { ...change, result: change.orders[0] };
}

export function decideReject(
  state: CurrentState,
  { initiator, ...command }: InputOf<'order.reject'>,
): Decision<'order.reject'> {
  const order = allowedOrder(state, command, 'reject');
  assertVersion(order, command);
  const latest = latestRun(state, order);
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

type RunStart = Pick<RunState, 'id' | 'orderId' | 'fence' | 'createdAt'>;

/** Begins a run, new or again: attempts count from 0, on the present version and policy. The fence goes on. */
function startRun(
  state: CurrentState,
  order: OrderState,
  { id, orderId, fence, createdAt }: RunStart,
  { initiator, policyVersion, maxAttempts }: RunSettings & Pick<InputOf<'order.validate'>, 'initiator'>,
  isRetry: boolean,
): Decision<'order.validate'> {
  const change = createNextVersion(state, order, { validation: { id, state: 'open' } }, initiator, {
    type: 'order.validation_started',
    data: { validationId: id, policyVersion, isRetry },
  });
  const run: RunState = {
    id,
    orderId,
    orderVersion: order.version,
    state: 'queued',
    attempt: 0,
    maxAttempts,
    policyVersion,
    findings: [],
    error: null,
    createdAt,
    startedAt: null,
    finishedAt: null,
    fence,
  };
  const job = { kind: 'enqueue', runId: id, dueAtMs: Date.parse(state.now) } as const;
  return { ...change, runs: [run], jobs: [job], result: run };
}

/** @throws ProblemError there is no such order, or it does not allow the action */
function allowedOrder(state: CurrentState, { orderId }: { orderId: number }, action: Action): OrderState {
  const order = state.order(orderId);
  if (!order) throw notFound(`There is no order ${orderId}`);
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

/** @throws ProblemError `separation-of-duties` */
function assertDuties(
  { contributors }: OrderState,
  { initiator, hasSeparationOfDuties }: InputOf<'order.approve'>,
): void {
  if (!hasSeparationOfDuties || !contributors.includes(initiator.actor.id)) return;
  throw createProblem('separation-of-duties', 'Whoever has created or edited an order may not approve it.', {});
}

/** @throws ProblemError `version-mismatch` */
function assertVersion({ version }: OrderState, { expected }: Pick<InputOf<'order.reject'>, 'expected'>): void {
  if (expected === undefined || expected === '*' || expected.includes(version)) return;
  throw createProblem('version-mismatch', `The order has changed meanwhile: it has version ${version} by now.`, {
    currentVersion: version,
  });
}

function latestRun(state: CurrentState, order: OrderState): RunState | undefined {
  return order.validation ? state.run(order.validation.id) : undefined;
}

/** What the edit says otherwise, as JSON would keep it: −0 is no change of 0. */
function changedFields(order: OrderState, edit: InputOf<'order.edit'>['edit']): EditableField[] {
  const given: typeof edit = JSON.parse(JSON.stringify(edit));
  return editableFields.filter((field) => given[field] !== undefined && !isDeepStrictEqual(given[field], order[field]));
}

/** @throws ProblemError `conflict`: another order has the reference */
function assertReferenceIsFree(state: CurrentState, reference: string | null, orderId: number | undefined): void {
  const owner = reference === null ? undefined : state.findOrderIdByReference(reference);
  if (owner === undefined || owner === orderId) return;
  throw createProblem('conflict', `The reference belongs to order ${owner}`, { orderId: owner });
}

/** The contract lets no total through that is not exact. */
function exactTotal(items: OrderState['items']): number {
  const total = computeTotal(items);
  if (total === undefined) throw new Error('the total of an order is not a safe integer');
  return total;
}

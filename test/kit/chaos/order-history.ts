// Replays the log: derives every version of every order from the events, and checks each event against the workflow of
// the contract.

import { isDeepStrictEqual } from 'node:util';
import { allowedActions, computeTotal, findRefusal, type NewOrder, type Order } from '../../../client/index.ts';
import type { Event } from '../../../contract/schemas/events/event.ts';
import type { OrderEvent } from '../../../contract/schemas/events/order-event.ts';
import type { Action } from '../../../contract/workflow.ts';
import { findExpectedEvent } from './policy.ts';

/** The versions and events of an order, in ascending order. */
export type OrderHistory = { versions: Order[]; events: OrderEvent[] };

/**
 * Replays all events of orders.
 * @throws Error for a transition that the workflow forbids, a gap in a sequence, or a validation result that differs
 *   from the rules
 */
export function replayHistories(events: readonly Event[]): Map<number, OrderHistory> {
  const histories = new Map<number, OrderHistory>();
  for (const event of events) {
    if (event.orderId === null) continue;
    const { versions, events: orderEvents } = histories.get(event.orderId) ?? { versions: [], events: [] };
    const previous = versions.at(-1);
    if (event.sequence !== versions.length + 1 || event.orderVersion !== event.sequence)
      throw createError('gap in the sequence', event);
    const next = { ...applyEvent(previous, event), version: event.sequence, updatedAt: event.timestamp };
    versions.push({ ...next, allowedActions: allowedActions(next) });
    orderEvents.push(event);
    histories.set(event.orderId, { versions, events: orderEvents });
  }
  return histories;
}

function applyEvent(previous: Order | undefined, event: OrderEvent): Order {
  if (event.type === 'order.created') {
    if (previous) throw createError('created twice', event);
    return toFirstVersion(event);
  }
  if (!previous) throw createError('not created', event);
  return { ...previous, ...collectChanges(previous, event) };
}

function toFirstVersion({ orderId, data, actor, timestamp }: OrderEvent & { type: 'order.created' }): Order {
  return {
    id: orderId,
    ...data.order,
    total: computeTotal(data.order.items) ?? 0,
    status: 'CREATED',
    version: 1,
    allowedActions: [],
    rejection: null,
    validation: null,
    createdBy: actor.id,
    createdAt: timestamp,
    updatedAt: timestamp,
  };
}

function collectChanges(previous: Order, event: Exclude<OrderEvent, { type: 'order.created' }>): Partial<Order> {
  switch (event.type) {
    case 'order.updated':
      return applyEdit(previous, event);
    case 'order.validation_started': {
      assertAllowed(previous, event.data.isRetry ? 'retry' : 'validate', event);
      if (previous.validation?.state === 'open') throw createError('started twice', event);
      return { validation: { id: event.data.validationId, state: 'open' } };
    }
    case 'order.validated':
      assertResult(previous, event, event.data.validationId);
      return { status: 'VALIDATED', validation: { id: event.data.validationId, state: 'passed' } };
    case 'order.validation_dead':
      assertResult(previous, event, event.data.validationId);
      return { validation: { id: event.data.validationId, state: 'dead' } };
    case 'order.rejected':
      return applyRejection(previous, event);
    case 'order.approved':
      assertAllowed(previous, 'approve', event);
      return { status: 'APPROVED' };
  }
}

function applyEdit(previous: Order, event: OrderEvent & { type: 'order.updated' }): Partial<Order> {
  assertAllowed(previous, 'edit', event);
  const fields: Record<string, unknown> = {};
  for (const [name, { from, to }] of Object.entries(event.data.changes)) {
    if (!isDeepStrictEqual(from, previous[name as keyof Order]))
      throw createError(`the previous ${name} differs`, event);
    fields[name] = to;
  }
  const { items } = fields as { items?: NewOrder['items'] };
  return { ...fields, ...(items && { total: computeTotal(items) ?? 0 }) };
}

function applyRejection(previous: Order, event: OrderEvent & { type: 'order.rejected' }): Partial<Order> {
  const { actor, data } = event;
  const { reason, validationId, findings } = data;
  if (actor.type === 'system') {
    assertResult(previous, event, validationId);
    const validation = { id: validationId ?? 0, state: 'failed' } as const;
    return { status: 'REJECTED', rejection: { by: actor, reason, findings }, validation };
  }
  assertAllowed(previous, 'reject', event);
  const open = previous.validation?.state === 'open' ? previous.validation.id : null;
  if (validationId !== open) throw createError('cancels another run', event);
  const cancelled = open === null ? {} : { validation: { id: open, state: 'cancelled' } as const };
  return { status: 'REJECTED', rejection: { by: actor, reason }, ...cancelled };
}

function assertAllowed(previous: Order, action: Action, event: OrderEvent): void {
  const refusal = findRefusal(action, previous);
  if (refusal) throw createError(refusal.detail, event);
}

/** Checks that a result ends the open run of the order and is the result that the rules give. */
function assertResult({ status, validation, items }: Order, event: OrderEvent, validationId: number | null): void {
  if (status !== 'CREATED' || validation?.state !== 'open') throw createError('result without an open run', event);
  if (validation.id !== validationId) throw createError('result of another run', event);
  if (findExpectedEvent(items) !== event.type) throw createError('result differs from the rules', event);
}

function createError(reason: string, event: OrderEvent): Error {
  return new Error(`${reason}: ${JSON.stringify(event)}`);
}

// Lives the life of each order once more, from the log alone: by the workflow of the contract, step by step, up to what
// it has become.

import { isDeepStrictEqual } from 'node:util';
import {
  allowedActions,
  computeTotal,
  type Event,
  findRefusal,
  type NewOrderInput,
  type Order,
} from '../../../client/index.ts';
import type { Action } from '../../../contract/workflow.ts';
import { findExpectedEvent } from './policy.ts';

/** The versions of an order, the first first. */
export type OrderHistory = { versions: Order[]; events: Event[] };

/** @throws Error a step that the workflow forbids, a sequence with a gap, a verdict that the rules do not give */
export function replayHistories(events: readonly Event[]): Map<number, OrderHistory> {
  const lives = new Map<number, OrderHistory>();
  for (const event of events) {
    const { versions, events: own } = lives.get(event.orderId) ?? { versions: [], events: [] };
    const former = versions.at(-1);
    if (event.sequence !== versions.length + 1 || event.orderVersion !== event.sequence) throw fault('a gap', event);
    const next = { ...after(former, event), version: event.sequence, updatedAt: event.timestamp };
    versions.push({ ...next, allowedActions: allowedActions(next) });
    own.push(event);
    lives.set(event.orderId, { versions, events: own });
  }
  return lives;
}

function after(former: Order | undefined, event: Event): Order {
  if (event.type === 'order.created') {
    if (former) throw fault('made twice', event);
    return firstOf(event);
  }
  if (!former) throw fault('not made', event);
  return { ...former, ...changesBy(former, event) };
}

function firstOf({ orderId, data, actor, timestamp }: Event & { type: 'order.created' }): Order {
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

function changesBy(former: Order, event: Exclude<Event, { type: 'order.created' }>): Partial<Order> {
  switch (event.type) {
    case 'order.updated':
      return edited(former, event);
    case 'order.validation_started': {
      assertAllowed(former, event.data.isRetry ? 'retry' : 'validate', event);
      if (former.validation?.state === 'open') throw fault('started twice', event);
      return { validation: { id: event.data.validationId, state: 'open' } };
    }
    case 'order.validated':
      assertVerdict(former, event, event.data.validationId);
      return { status: 'VALIDATED', validation: { id: event.data.validationId, state: 'passed' } };
    case 'order.validation_dead':
      assertVerdict(former, event, event.data.validationId);
      return { validation: { id: event.data.validationId, state: 'dead' } };
    case 'order.rejected':
      return rejected(former, event);
    case 'order.approved':
      assertAllowed(former, 'approve', event);
      return { status: 'APPROVED' };
  }
}

function edited(former: Order, event: Event & { type: 'order.updated' }): Partial<Order> {
  assertAllowed(former, 'edit', event);
  const fields: Record<string, unknown> = {};
  for (const [name, { from, to }] of Object.entries(event.data.changes)) {
    if (!isDeepStrictEqual(from, former[name as keyof Order])) throw fault(`another ${name} before`, event);
    fields[name] = to;
  }
  const { items } = fields as { items?: NewOrderInput['items'] };
  return { ...fields, ...(items && { total: computeTotal(items) ?? 0 }) };
}

function rejected(former: Order, event: Event & { type: 'order.rejected' }): Partial<Order> {
  const { actor, data } = event;
  const { reason, validationId, findings } = data;
  if (actor.type === 'system') {
    assertVerdict(former, event, validationId);
    const validation = { id: validationId ?? 0, state: 'failed' } as const;
    return { status: 'REJECTED', rejection: { by: actor, reason, findings }, validation };
  }
  assertAllowed(former, 'reject', event);
  const open = former.validation?.state === 'open' ? former.validation.id : null;
  if (validationId !== open) throw fault('another run was cancelled', event);
  const cancelled = open === null ? {} : { validation: { id: open, state: 'cancelled' } as const };
  return { status: 'REJECTED', rejection: { by: actor, reason }, ...cancelled };
}

function assertAllowed(former: Order, action: Action, event: Event): void {
  const refusal = findRefusal(action, former);
  if (refusal) throw fault(refusal.detail, event);
}

/** A verdict ends the run that is open, once, and is what the rules say. */
function assertVerdict({ status, validation, items }: Order, event: Event, validationId: number | null): void {
  if (status !== 'CREATED' || validation?.state !== 'open') throw fault('a verdict without a run', event);
  if (validation.id !== validationId) throw fault('a verdict of another run', event);
  if (findExpectedEvent(items) !== event.type) throw fault('another verdict than the rules give', event);
}

function fault(what: string, event: Event): Error {
  return new Error(`${what}: ${JSON.stringify(event)}`);
}

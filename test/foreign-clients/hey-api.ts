// The life of an order with the client of @hey-api/openapi-ts.

import { ordersApprove, ordersCreate, ordersValidate, validationsGet } from './generated/hey-api';
import { createClient } from './generated/hey-api/client';
import { newOrder } from './order';

/** Takes an order to APPROVED. Returns its status, and what the problem of a second approval says. */
export async function approveOrder(baseUrl: string): Promise<string[]> {
  const client = createClient({ baseUrl });
  const { data: order, error } = await ordersCreate({ client, body: newOrder });
  if (!order) throw new Error(error?.detail);
  const path = { orderId: order.id };
  const started = await ordersValidate({ client, path });
  if (!started.data) throw new Error(started.error?.detail);
  let { validation } = started.data;
  while (validation.finishedAt === null) {
    const current = await validationsGet({ client, path: { validationId: validation.id } });
    if (!current.data) throw new Error(current.error?.detail);
    validation = current.data;
  }
  const approved = await ordersApprove({ client, path, body: { note: 'Within the budget' } });
  if (!approved.data) throw new Error(approved.error?.detail);
  const { error: problem } = await ordersApprove({ client, path });
  if (problem?.code !== 'invalid-transition') throw new Error(problem?.detail);
  return [validation.state, approved.data.status, problem.currentStatus, ...problem.allowedFrom];
}

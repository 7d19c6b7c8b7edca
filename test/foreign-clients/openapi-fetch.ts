// The life of an order with openapi-typescript and openapi-fetch.

import createClient from 'openapi-fetch';
import type { paths } from './generated/openapi-fetch/schema';
import { newOrder } from './order';

/** Takes an order to APPROVED. Returns its status, and what the problem of a second approval says. */
export async function approveOrder(baseUrl: string): Promise<string[]> {
  const client = createClient<paths>({ baseUrl });
  const { data: order, error } = await client.POST('/orders', { body: newOrder });
  if (!order) throw new Error(error.detail);
  const params = { path: { orderId: order.id } };
  const started = await client.POST('/orders/{orderId}/validate', { params });
  if (!started.data) throw new Error(started.error.detail);
  let { validation } = started.data;
  while (validation.finishedAt === null) {
    const path = { validationId: validation.id };
    const current = await client.GET('/validations/{validationId}', { params: { path } });
    if (!current.data) throw new Error(current.error.detail);
    validation = current.data;
  }
  const approved = await client.POST('/orders/{orderId}/approve', { params, body: { note: 'Within the budget' } });
  if (!approved.data) throw new Error(approved.error.detail);
  const { error: problem } = await client.POST('/orders/{orderId}/approve', { params });
  if (problem?.code !== 'invalid-transition') throw new Error(problem?.detail);
  return [validation.state, approved.data.status, problem.currentStatus, ...problem.allowedFrom];
}

// The life of an order with the fetch client of Kubb.

import { setConfig } from './generated/kubb/.kubb/fetch';
import { ordersApprove, ordersCreate, ordersValidate, validationsGet } from './generated/kubb/client';
import type { OrdersApprove400 } from './generated/kubb/types';
import { newOrder } from './order';

/** Takes an order to APPROVED. Returns its status, and what the problem of a second approval says. */
export async function approveOrder(baseURL: string): Promise<string[]> {
  // The client does not set the media type of its bodies.
  setConfig({ baseURL, headers: { 'content-type': 'application/json' } });
  const { data: order } = await ordersCreate(newOrder);
  const started = await ordersValidate(order.id);
  let { validation } = started.data;
  while (validation.finishedAt === null) validation = (await validationsGet(validation.id)).data;
  const approved = await ordersApprove(order.id, { note: 'Within the budget' });
  const second = await ordersApprove(order.id);
  // Kubb has types of problems, but its functions return that of the success.
  const problem: unknown = second.data;
  const typed = problem as OrdersApprove400;
  if (typed.code !== 'invalid-transition') throw new Error(typed.detail);
  return [validation.state, approved.data.status, typed.currentStatus, ...typed.allowedFrom];
}

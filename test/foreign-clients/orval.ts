// The life of an order with the fetch client of orval. The base URL is part of the generated code.

import { ordersApprove, ordersCreate, ordersValidate, validationsGet } from './generated/orval/client';
import { newOrder } from './order';

/** Takes an order to APPROVED. Returns its status, and what the problem of a second approval says. */
export async function approveOrder(): Promise<string[]> {
  const created = await ordersCreate(newOrder);
  if (created.status !== 201) throw new Error(created.data.detail);
  const orderId = created.data.id;
  const started = await ordersValidate(orderId);
  if (started.status !== 202) throw new Error(started.data.detail);
  let { validation } = started.data;
  while (validation.finishedAt === null) {
    const current = await validationsGet(validation.id);
    if (current.status !== 200) throw new Error(current.data.detail);
    validation = current.data;
  }
  const approved = await ordersApprove(orderId, { note: 'Within the budget' });
  if (approved.status !== 200) throw new Error(approved.data.detail);
  const { data: problem } = await ordersApprove(orderId);
  if (!('code' in problem) || problem.code !== 'invalid-transition') throw new Error('unexpected response');
  return [validation.state, approved.data.status, problem.currentStatus, ...problem.allowedFrom];
}

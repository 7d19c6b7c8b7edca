// The life of an order with the client of swagger-typescript-api.

import { Api } from './generated/swagger-typescript-api/api';
import { newOrder } from './order';

/** Takes an order to APPROVED. Returns its status, and what the problem of a second approval says. */
export async function approveOrder(baseUrl: string): Promise<string[]> {
  const { orders, validations } = new Api({ baseUrl });
  const { data: order } = await orders.ordersCreate(newOrder);
  const started = await orders.ordersValidate(order.id, {});
  let { validation } = started.data;
  while (validation.finishedAt === null) validation = (await validations.validationsGet(validation.id)).data;
  const approved = await orders.ordersApprove(order.id, { note: 'Within the budget' });
  const { error: problem } = await orders.ordersApprove(order.id, {});
  if (problem?.code !== 'invalid-transition') throw new Error(problem?.detail);
  return [validation.state, approved.data.status, problem.currentStatus, ...problem.allowedFrom];
}

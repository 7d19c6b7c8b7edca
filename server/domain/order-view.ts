// Orders as they are answered.

import type { Order } from '../../contract/order.ts';
import { allowedActions } from '../../contract/workflow.ts';
import type { OrderState } from './order.ts';

/** Its fields come in the order of the contract, however the state was put together. */
export function toOrder(state: OrderState): Order {
  return {
    id: state.id,
    reference: state.reference,
    customerId: state.customerId,
    currency: state.currency,
    items: state.items,
    total: state.total,
    note: state.note,
    metadata: state.metadata,
    status: state.status,
    version: state.version,
    allowedActions: allowedActions(state),
    rejection: state.rejection,
    validation: state.validation,
    createdBy: state.createdBy,
    createdAt: state.createdAt,
    updatedAt: state.updatedAt,
  };
}

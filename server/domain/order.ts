// The stored state of an order.

import type { Order } from '../../contract/order.ts';

/** An order as it is stored: the order of the contract without its derived fields. */
export type OrderState = Omit<Order, 'allowedActions'> & {
  /** The ids of the principals that created or edited the order, each once. */
  contributors: string[];
};

// What a list of orders can be narrowed by.

import type { OrderStatus } from '../../../contract/workflow.ts';

/** Absent narrows nothing. Moments are RFC 3339, UTC, milliseconds; `createdFrom` is included, `createdTo` is not. */
export type OrderFilter = {
  status?: OrderStatus[] | undefined;
  customerId?: string | undefined;
  reference?: string | undefined;
  createdFrom?: string | undefined;
  createdTo?: string | undefined;
};

/** `id`: oldest first; `-id`: newest first. */
export type OrderSort = 'id' | '-id';

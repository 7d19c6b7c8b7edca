// The filter and the sort order of a list of orders.

import type { OrderStatus } from '../../../contract/workflow.ts';

/**
 * An absent member does not filter. Times are RFC 3339, UTC, milliseconds; `createdFrom` is inclusive, `createdTo`
 * exclusive.
 */
export type OrderFilter = {
  status?: OrderStatus[] | undefined;
  customerId?: string | undefined;
  reference?: string | undefined;
  createdFrom?: string | undefined;
  createdTo?: string | undefined;
};

/** `id`: oldest first; `-id`: newest first. */
export type OrderSort = 'id' | '-id';

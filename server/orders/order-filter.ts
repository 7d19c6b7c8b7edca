// What a list of orders can be narrowed by.

import type { OrderStatus } from '../../contract/workflow.ts';

/** Absent narrows nothing. Moments are RFC 3339, UTC, milliseconds; `createdFrom` is included, `createdTo` is not. */
export type OrderFilter = {
  status?: OrderStatus[] | undefined;
  customerId?: string | undefined;
  reference?: string | undefined;
  createdFrom?: string | undefined;
  createdTo?: string | undefined;
};

/** Where a page of orders begins, in which direction it goes, and how long it is. */
export type OrderSlice = {
  sort: 'id' | '-id';
  /** The id that the page before ended with. */
  after: number | undefined;
  offset: number;
  limit: number;
};

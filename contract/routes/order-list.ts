// The query and the response of the list of orders.

import { z } from 'zod';
import { order } from '../schemas/order.ts';
import { countedPage, pageParameters, rejectOffsetWithCursor } from '../schemas/page.ts';
import { booleanParameter, listParameter, text, timestampParameter } from '../schemas/primitives.ts';
import { orderStatuses } from '../workflow.ts';

const orderFilters = {
  status: listParameter(orderStatuses)
    .optional()
    .meta({ description: 'Return only orders with these statuses: one or more, repeated or separated by commas' }),
  customerId: text(1, 64).optional().meta({ description: 'Return only orders of this customer' }),
  reference: text(1, 64).optional().meta({ description: 'Return only the order with this reference' }),
  createdFrom: timestampParameter
    .optional()
    .meta({ description: 'Return only orders created at or after this time (RFC 3339)' }),
  createdTo: timestampParameter
    .optional()
    .meta({ description: 'Return only orders created before this time (RFC 3339)' }),
};

/** The query of the list of orders. */
export const orderListQuery = z
  .strictObject({
    ...pageParameters,
    ...orderFilters,
    sort: z.enum(['-id', 'id']).default('-id').meta({ description: '`-id`: newest first; `id`: oldest first' }),
    withTotal: booleanParameter.optional().meta({
      description:
        'Whether to return the total number of orders. Without filters or with `status` alone, the total is exact. ' +
        'Otherwise, counting stops at 10,000.',
    }),
  })
  .superRefine(rejectOffsetWithCursor);

/** A page of the list of orders. */
export const orderPage = z
  .object({ data: z.array(order), page: countedPage })
  .meta({ title: 'OrderPage', description: 'A page of orders' });

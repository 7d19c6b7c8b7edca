// The schemas of an order: as a client sends it, and as the service returns it.

import { z } from 'zod';
import { actions, latestValidationStates, orderStatuses } from '../workflow.ts';
import { actor } from './actor.ts';
import { currencies } from './currencies.ts';
import { finding } from './finding.ts';
import { clearableMetadata, item, newItems, newMetadata, optionalMetadata } from './order-parts.ts';
import { id, text, timestamp } from './primitives.ts';

const newOrderFields = {
  reference: text(1, 64)
    .nullable()
    .meta({
      description:
        'The client’s own order number. Unique among all orders unless null. Compared exactly, without Unicode ' +
        'normalization.',
    }),
  customerId: text(1, 64).meta({ description: 'The customer, as the client names it' }),
  currency: z
    .enum(currencies, 'must be an ISO 4217 currency code')
    .meta({ description: 'ISO 4217 currency code', example: 'EUR' }),
  items: newItems.meta({ description: 'The lines of the order' }),
  note: text(0, 2000).nullable().meta({ description: 'A remark for people' }),
  metadata: newMetadata,
};

/**
 * The example of a new order in the OpenAPI document. It can be sent repeatedly, because it has no reference, which is
 * unique among all orders.
 */
const newOrderExample = {
  customerId: 'customer-17',
  currency: 'EUR',
  items: [{ productId: 'tea-green-250', quantity: 2, unitPrice: 1250 }],
  note: 'Leave at the door',
  metadata: { channel: 'shop' },
};

/** The content of a new order. */
export const newOrder = z
  .strictObject({
    ...newOrderFields,
    reference: newOrderFields.reference.default(null),
    note: newOrderFields.note.default(null),
    metadata: optionalMetadata,
  })
  .meta({ title: 'NewOrder', description: 'The content of a new order', example: newOrderExample });

/** The body of the request that creates an order. */
export const newOrderRequest = z
  .strictObject({
    ...newOrder.shape,
    validate: z
      .boolean()
      .nullable()
      .default(false)
      .transform((isRequested) => isRequested ?? false)
      .meta({
        description: 'Whether to start the validation of the order in the same transaction. By default, it is not.',
      }),
  })
  .meta({
    title: 'NewOrderRequest',
    description: 'The content of a new order, and whether to validate it',
    example: newOrderExample,
  });

/**
 * The body of the request that edits an order. Absent fields stay unchanged, null clears a field, and `items` and
 * `metadata` are replaced as a whole.
 */
export const orderEdit = z
  .strictObject({ ...newOrderFields, metadata: clearableMetadata })
  .partial()
  .meta({
    title: 'OrderEdit',
    description: 'The fields of an order to change',
    example: { note: 'Ring twice', items: newOrderExample.items },
  });

const rejection = z
  .object({
    by: actor,
    reason: z.string().nullable().meta({ description: 'The reason that the user gave, or null' }),
    findings: z.array(finding).optional().meta({ description: 'Violated rules, if the rules rejected the order' }),
  })
  .meta({ title: 'Rejection', description: 'Who rejected an order, and why' });

/** The content of an order in the examples of responses. */
export const orderContentExample = { reference: 'PO-2026-0042', ...newOrderExample };

const orderExample = {
  id: 42,
  ...orderContentExample,
  total: 2500,
  status: 'CREATED',
  version: 1,
  allowedActions: ['edit', 'validate', 'reject'],
  rejection: null,
  validation: null,
  createdBy: 'ann',
  createdAt: '2026-05-04T10:15:30.000Z',
  updatedAt: '2026-05-04T10:15:30.000Z',
};

/** An order as the service returns it. The representation changes only together with `version`. */
export const order = z
  .object({
    id: id.meta({ description: 'Id of the order' }),
    reference: z
      .string()
      .nullable()
      .meta({ description: 'The client’s own order number, unique among all orders, or null' }),
    customerId: z.string().meta({ description: 'The customer, as the client names it' }),
    currency: z.string().meta({
      description: 'ISO 4217 currency code',
      example: 'EUR',
      'x-extensible-enum': [...currencies],
    }),
    items: z.array(item).meta({ description: 'The lines of the order' }),
    total: z.int().min(0).meta({ description: 'Sum of quantity × unit price, in minor units' }),
    note: z.string().nullable().meta({ description: 'A remark for people, or null' }),
    metadata: z.record(z.string(), z.string()).meta({ description: 'Key-value pairs for use by the client' }),
    status: z.enum(orderStatuses).meta({ description: 'The status in the workflow' }),
    version: z.int().min(1).meta({
      description: 'Increases by 1 with every change. Equals the `sequence` of the latest event.',
    }),
    allowedActions: z.array(z.enum(actions)).meta({
      description: 'Actions that the current state allows, regardless of the scopes of the caller',
    }),
    rejection: rejection
      .nullable()
      .meta({ description: 'Who rejected the order, and why; null unless the status is `REJECTED`' }),
    validation: z
      .object({
        id: id.meta({ description: 'Id of the validation' }),
        state: z
          .enum(latestValidationStates)
          .meta({ description: 'The state of the validation. `open`: queued or running' }),
      })
      .meta({ title: 'LatestValidation', description: 'The latest validation of an order' })
      .nullable()
      .meta({ description: 'The latest validation of the order, or null if there was none' }),
    createdBy: z.string().meta({ description: 'The user who created the order' }),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({
    title: 'Order',
    description: 'An order. It changes only together with `version`.',
    example: orderExample,
  });

/** A new order as a client sends it. */
export type NewOrderInput = z.input<typeof newOrder>;
/** A new order with all defaults applied. */
export type NewOrder = z.infer<typeof newOrder>;
/** See {@link orderEdit}. */
export type OrderEdit = z.infer<typeof orderEdit>;
/** See {@link order}. */
export type Order = z.infer<typeof order>;

/** The fields of an order that a client can edit, in the order in which events list their changes. */
export const editableFields = newOrder.keyof().options;
/** The name of an editable field. */
export type EditableField = (typeof editableFields)[number];

export { computeTotal } from '../total.ts';

// Orders as they are answered, written out from their rows: what a row keeps as JSON goes out as it is.

import type { Order } from '../../../contract/order.ts';
import { allowedActions } from '../../../contract/workflow.ts';
import { JsonText } from '../../shared/json-text.ts';
import type { OrderRow } from '../tables.ts';

/** An order that is written out, and what has to be known of it besides. */
export type SerializedOrder = { id: number; version: number; json: JsonText<Order> };

/** Writes what `JSON.stringify(toOrder(…))` of the same order would. */
export function serializeOrder(row: OrderRow): SerializedOrder {
  const { id, version } = row;
  const text =
    `{"id":${id},"reference":${quoted(row.reference)},"customerId":${quoted(row.customer_id)},` +
    `"currency":${quoted(row.currency)},"items":${row.items},"total":${row.total},"note":${quoted(row.note)},` +
    `"metadata":${row.metadata},"status":"${row.status}","version":${version},` +
    `"allowedActions":${allowedActionsText(row)},"rejection":${row.rejection},"validation":${validationText(row)},` +
    `"createdBy":${quoted(row.created_by)},"createdAt":"${row.created_at}","updatedAt":"${row.updated_at}"}`;
  return { id, version, json: new JsonText(text) };
}

function quoted(text: string | null): string {
  return JSON.stringify(text);
}

function allowedActionsText({ status, validation_state: state }: OrderRow): string {
  return JSON.stringify(allowedActions({ status, validation: state && { state } }));
}

function validationText({ validation_id: id, validation_state: state }: OrderRow): string {
  return id === null ? 'null' : `{"id":${id},"state":"${state}"}`;
}

// The mapping of orders: columns, stored record, domain state and the JSON text that clients receive.

import { type Order, order } from '../../../contract/schemas/order.ts';
import { allowedActions, type LatestValidationState } from '../../../contract/workflow.ts';
import type { OrderState } from '../../domain/order.ts';
import { JsonText } from '../../shared/json-text.ts';
import { type Column, createMapping } from './mapping.ts';

/** An order as one flat record: its latest validation takes two columns. */
export type OrderRecord = Omit<OrderState, 'validation'> & {
  validationId: number | null;
  validationState: LatestValidationState | null;
};

export const orderMapping = createMapping<OrderRecord>()({
  id: { name: 'id', kind: 'integer' },
  reference: { name: 'reference', kind: 'text', isNullable: true },
  customerId: { name: 'customer_id', kind: 'text' },
  currency: { name: 'currency', kind: 'text' },
  items: { name: 'items', kind: 'json' },
  total: { name: 'total', kind: 'integer' },
  note: { name: 'note', kind: 'text', isNullable: true },
  metadata: { name: 'metadata', kind: 'json' },
  status: { name: 'status', kind: 'text' },
  version: { name: 'version', kind: 'integer' },
  rejection: { name: 'rejection', kind: 'json', isNullable: true },
  validationId: { name: 'validation_id', kind: 'integer', isNullable: true },
  validationState: { name: 'validation_state', kind: 'text', isNullable: true },
  createdBy: { name: 'created_by', kind: 'text' },
  contributors: { name: 'contributors', kind: 'list' },
  createdAt: { name: 'created_at', kind: 'time' },
  updatedAt: { name: 'updated_at', kind: 'time' },
});

export type OrderRow = Parameters<typeof orderMapping.toRecord>[0];

export function toOrderState({ validationId: id, validationState: state, ...fields }: OrderRecord): OrderState {
  return { ...fields, validation: id === null || state === null ? null : { id, state } };
}

export function toOrderRecord({ validation, ...fields }: OrderState): OrderRecord {
  return { ...fields, validationId: validation?.id ?? null, validationState: validation?.state ?? null };
}

/** An order as JSON text, with the fields that are needed without parsing it. */
export type SerializedOrder = { id: number; version: number; json: JsonText<Order> };

/** Serializes an order from its row; stored JSON is copied and not parsed. */
export function serializeOrder(row: OrderRow): SerializedOrder {
  let text = '{';
  for (const { prefix, write } of writers) text += prefix + write(row);
  return { id: row.id, version: row.version, json: new JsonText(`${text}}`) };
}

/** Serializes an order from its state. */
export function serializeOrderState(state: OrderState): SerializedOrder {
  return serializeOrder(orderMapping.toRow(toOrderRecord(state)));
}

type Writer = (row: OrderRow) => string;

/** The members of the contract that are not stored under their own name. */
const derivedMembers: Record<string, Writer> = {
  allowedActions: ({ status, validation_state: state }) =>
    JSON.stringify(allowedActions({ status, validation: state && { state } })),
  validation: ({ validation_id: id, validation_state: state }) =>
    id === null ? 'null' : `{"id":${id},"state":"${state}"}`,
};

/** One writer for each member of the contract, in its order. */
const writers = Object.keys(order.shape).map((member, index) => ({
  prefix: `${index === 0 ? '' : ','}"${member}":`,
  write: derivedMembers[member] ?? createWriter(member),
}));

function createWriter(member: string): Writer {
  const columns: Record<string, Column | undefined> = orderMapping.columns;
  const column = columns[member];
  if (!column) throw new Error(`the order mapping has no column for ${member}`);
  const read = (row: OrderRow) => row[column.name as keyof OrderRow];
  // Integers and stored JSON are JSON already.
  return column.kind === 'integer' || column.kind === 'json'
    ? (row) => String(read(row))
    : (row) => JSON.stringify(read(row));
}

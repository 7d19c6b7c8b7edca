// The mapping of orders: columns, stored record, domain state and the JSON text that clients receive.

import { type Order, order } from '../../../contract/schemas/order.ts';
import { allowedActions, type LatestValidationState, type OrderStatus } from '../../../contract/workflow.ts';
import type { OrderState } from '../../domain/order.ts';
import { JsonText } from '../../shared/json-text.ts';
import { type Column, createMapping } from './mapping.ts';
import { findColumn, type RowConverter } from './row-converter.ts';

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

/** Serializes orders from their rows; stored JSON is copied and not parsed. */
export const createOrderSerializer: RowConverter<SerializedOrder> = (columns) => {
  const id = findColumn(columns, 'id');
  const version = findColumn(columns, 'version');
  const parts = Object.keys(order.shape).map((member, index) => ({
    prefix: `${index === 0 ? '{' : ','}"${member}":`,
    write: derivedMembers[member]?.(columns) ?? createWriter(member, columns),
  }));
  return (values) => {
    let text = '';
    for (const { prefix, write } of parts) text += prefix + write(values);
    return { id: values[id] as number, version: values[version] as number, json: new JsonText(`${text}}`) };
  };
};

/** Writes a member from the values of a row. */
type Writer = (values: readonly unknown[]) => string;

/** The members of the contract that are not stored under their own name. */
const derivedMembers: Record<string, (columns: readonly string[]) => Writer> = {
  allowedActions: (columns) => {
    const status = findColumn(columns, 'status');
    const state = findColumn(columns, 'validation_state');
    return (values) =>
      writeAllowedActions(values[status] as OrderStatus, values[state] as LatestValidationState | null);
  },
  validation: (columns) => {
    const id = findColumn(columns, 'validation_id');
    const state = findColumn(columns, 'validation_state');
    return (values) => (values[id] === null ? 'null' : `{"id":${values[id]},"state":"${values[state]}"}`);
  },
};

/** The texts by status and state of the validation, which are few. */
const allowedActionsTexts = new Map<string, string>();

function writeAllowedActions(status: OrderStatus, state: LatestValidationState | null): string {
  const key = `${status} ${state}`;
  const known = allowedActionsTexts.get(key);
  if (known !== undefined) return known;
  const text = JSON.stringify(allowedActions({ status, validation: state && { state } }));
  allowedActionsTexts.set(key, text);
  return text;
}

function createWriter(member: string, columns: readonly string[]): Writer {
  const mapped: Record<string, Column | undefined> = orderMapping.columns;
  const column = mapped[member];
  if (!column) throw new Error(`the order mapping has no column for ${member}`);
  const index = findColumn(columns, column.name);
  // Integers and stored JSON are JSON already, and times need no escapes.
  if (column.kind === 'integer' || column.kind === 'json') return (values) => String(values[index]);
  if (column.kind === 'time') return (values) => `"${values[index]}"`;
  return (values) => writeText(values[index] as string | null);
}

/** Most texts need no escapes, and testing for it takes half the time of escaping. */
function writeText(text: string | null): string {
  return text !== null && plainText.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** ASCII without control characters, quotation marks and backslashes (RFC 8259, section 7). */
const plainText = /^[ !#-[\]-~]*$/;

const columnNames = Object.values(orderMapping.columns).map(({ name }) => name);
const serializeValues = createOrderSerializer(columnNames);

/** Serializes an order from its state. */
export function serializeOrderState(state: OrderState): SerializedOrder {
  const row: Record<string, unknown> = orderMapping.toRow(toOrderRecord(state));
  return serializeValues(columnNames.map((name) => row[name]));
}

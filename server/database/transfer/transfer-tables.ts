// What is carried from one database to another: tables, in an order in which each refers only to those before it, and
// their columns, the key first. Jobs are made anew; claims, marks and counts of callers belong to the nodes.

import { finding } from '../../../contract/finding.ts';
import { delivery } from '../../../contract/webhook.ts';
import type { Tables } from '../tables.ts';

/**
 * `time`: RFC 3339, UTC, milliseconds. `json`: text that goes out as it is kept, and therefore is carried to the byte.
 * `list`: JSON of which a database may keep the meaning alone.
 */
export type ColumnKind = 'integer' | 'text' | 'time' | 'json' | 'list';

type TransferTableName = Exclude<keyof Tables, 'validation_jobs' | 'counters'>;

/** A claim on a webhook belongs to a node. */
type MovedColumns = {
  [Name in TransferTableName]: Record<Exclude<keyof Tables[Name], 'leased_until_ms'>, ColumnKind | `${ColumnKind}?`>;
};

const columns: MovedColumns = {
  orders: {
    id: 'integer',
    reference: 'text?',
    customer_id: 'text',
    currency: 'text',
    items: 'json',
    total: 'integer',
    note: 'text?',
    metadata: 'json',
    status: 'text',
    version: 'integer',
    rejection: 'json?',
    validation_id: 'integer?',
    validation_state: 'text?',
    created_by: 'text',
    contributors: 'list',
    created_at: 'time',
    updated_at: 'time',
  },
  validation_runs: {
    id: 'integer',
    order_id: 'integer',
    order_version: 'integer',
    state: 'text',
    attempt: 'integer',
    max_attempts: 'integer',
    policy_version: 'text',
    findings: 'list',
    error: 'text?',
    fence: 'integer',
    created_at: 'time',
    started_at: 'time?',
    finished_at: 'time?',
  },
  events: {
    position: 'integer',
    id: 'text',
    type: 'text',
    timestamp: 'time',
    order_id: 'integer',
    sequence: 'integer',
    actor_type: 'text',
    actor_id: 'text',
    request_id: 'text?',
    address: 'text?',
    data: 'json',
  },
  webhooks: {
    id: 'integer',
    url: 'text',
    types: 'list?',
    description: 'text?',
    secret: 'text',
    former_secret: 'text?',
    former_secret_until: 'time?',
    pause_reason: 'text?',
    paused_at: 'time?',
    position: 'integer',
    failing_delivery_id: 'integer?',
    failures: 'integer',
    failing_since: 'time?',
    due_at_ms: 'integer',
    fence: 'integer',
    created_by: 'text',
    created_at: 'time',
    updated_at: 'time',
  },
  webhook_deliveries: {
    id: 'integer',
    webhook_id: 'integer',
    kind: 'text',
    state: 'text',
    event_id: 'text',
    event_type: 'text',
    position: 'integer?',
    attempts: 'list',
    next_attempt_at: 'time?',
    created_at: 'time',
    finished_at: 'time?',
  },
  idempotency_keys: {
    id: 'integer',
    principal: 'text',
    key: 'text',
    fingerprint: 'text',
    status: 'integer',
    headers: 'text',
    body: 'text',
    created_at: 'time',
  },
};

/** The members of the objects in lists, in the order in which they are carried: not every database keeps one. */
const membersOf: Record<string, readonly string[]> = {
  findings: Object.keys(finding.shape),
  attempts: Object.keys(delivery.shape.attempts.element.shape),
};

export type TransferColumn = {
  name: string;
  kind: ColumnKind;
  isNullable: boolean;
  /** The members of its objects, where it is a list of such. */
  members: readonly string[] | undefined;
};

export type TransferTable = { name: TransferTableName; key: string; columns: readonly TransferColumn[] };

export const transferTables: readonly TransferTable[] = Object.entries(columns).map(([table, kinds]) => {
  const list = Object.entries(kinds).map(([name, kind]): TransferColumn => {
    return {
      name,
      kind: kind.replace('?', '') as ColumnKind,
      isNullable: kind.endsWith('?'),
      members: membersOf[name],
    };
  });
  return { name: table as TransferTableName, key: list[0]?.name ?? '', columns: list };
});

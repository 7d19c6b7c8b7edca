// The tables as SQL sees them, for Kysely. JSON is text here.

import type { Generated } from 'kysely';
import type { EventType } from '../../contract/event.ts';
import type { ValidationState } from '../../contract/validation.ts';
import type { Delivery, PauseReason } from '../../contract/webhook.ts';
import type { LatestValidationState, OrderStatus } from '../../contract/workflow.ts';

export type OrderRow = {
  id: number;
  reference: string | null;
  customer_id: string;
  currency: string;
  items: string;
  total: number;
  note: string | null;
  metadata: string;
  status: OrderStatus;
  version: number;
  rejection: string | null;
  validation_id: number | null;
  validation_state: LatestValidationState | null;
  created_by: string;
  contributors: string;
  created_at: string;
  updated_at: string;
};

export type RunRow = {
  id: number;
  order_id: number;
  order_version: number;
  state: ValidationState;
  attempt: number;
  max_attempts: number;
  policy_version: string;
  findings: string;
  error: string | null;
  fence: number;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
};

export type EventRow = {
  position: Generated<number>;
  id: string;
  type: EventType;
  timestamp: string;
  order_id: number;
  sequence: number;
  actor_type: 'user' | 'system';
  actor_id: string;
  request_id: string | null;
  address: string | null;
  data: string;
};

/** An answer that is kept for whoever sends its request again. */
type KeptAnswerRow = {
  id: Generated<number>;
  principal: string;
  key: string;
  fingerprint: string;
  status: number;
  headers: string;
  body: string;
  created_at: string;
};

/** The types of its events are JSON. */
export type WebhookRow = {
  id: number;
  url: string;
  types: string | null;
  description: string | null;
  secret: string;
  former_secret: string | null;
  former_secret_until: string | null;
  pause_reason: PauseReason | null;
  paused_at: string | null;
  position: number;
  failing_delivery_id: number | null;
  failures: number;
  failing_since: string | null;
  due_at_ms: number;
  fence: number;
  leased_until_ms: number | null;
  created_by: string;
  created_at: string;
  updated_at: string;
};

export type DeliveryRow = {
  id: number;
  webhook_id: number;
  kind: Delivery['kind'];
  state: Delivery['state'];
  event_id: string;
  event_type: Delivery['eventType'];
  position: number | null;
  attempts: string;
  next_attempt_at: string | null;
  created_at: string;
  finished_at: string | null;
};

/** A run that waits for a thread, or has one. Times are milliseconds since the epoch. */
type JobRow = { run_id: number; due_at_ms: number; leased_until_ms: number | null };

/** A number that is kept with every commit, so that nobody has to count. */
type CounterRow = { name: CounterName; value: number };

export type CounterName = `orders.${OrderStatus}` | 'runs.open' | 'webhooks.lastId' | 'deliveries.lastId';

/** Where the greatest ids are kept that were ever given, where the database does not remember them. */
export const idCounters = {
  webhook: 'webhooks.lastId',
  delivery: 'deliveries.lastId',
} as const satisfies Record<string, CounterName>;

export type Tables = {
  orders: OrderRow;
  validation_runs: RunRow;
  events: EventRow;
  validation_jobs: JobRow;
  counters: CounterRow;
  idempotency_keys: KeptAnswerRow;
  webhooks: WebhookRow;
  webhook_deliveries: DeliveryRow;
};

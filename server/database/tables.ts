// The tables as Kysely sees them. JSON is text in rows.

import type { Generated } from 'kysely';
import type { OrderStatus } from '../../contract/workflow.ts';
import type { DeliveryRow } from './mapping/delivery.ts';
import type { EventRow } from './mapping/event.ts';
import type { OrderRow } from './mapping/order.ts';
import type { RunRow } from './mapping/run.ts';
import type { StoredResponseRow } from './mapping/stored-response.ts';
import type { WebhookRow } from './mapping/webhook.ts';

/** A run that is queued or leased. */
type JobRow = { run_id: number; due_at_ms: number; leased_until_ms: number | null };

/** A total that is updated with every commit, so that reads need not count rows. */
type CounterRow = { name: CounterName; value: number };

export type CounterName = `orders.${OrderStatus}` | 'runs.open' | 'webhooks.lastId' | 'deliveries.lastId';

/** The counters of the largest ids ever assigned, on a database that does not store them itself. */
export const idCounters = {
  webhook: 'webhooks.lastId',
  delivery: 'deliveries.lastId',
} as const satisfies Record<string, CounterName>;

export type Tables = {
  orders: OrderRow;
  validation_runs: RunRow;
  events: Omit<EventRow, 'position'> & { position: Generated<number> };
  validation_jobs: JobRow;
  counters: CounterRow;
  idempotency_keys: Omit<StoredResponseRow, 'id'> & { id: Generated<number> };
  webhooks: WebhookRow;
  webhook_deliveries: DeliveryRow;
};

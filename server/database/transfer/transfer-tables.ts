// The tables that an export contains. Each table refers only to earlier ones. Jobs are recreated by the reconciler;
// leases, commit marks and caller counts belong to the nodes.

import { deliveryMapping } from '../mapping/delivery.ts';
import { eventMapping } from '../mapping/event.ts';
import type { Column } from '../mapping/mapping.ts';
import { orderMapping } from '../mapping/order.ts';
import { runMapping } from '../mapping/run.ts';
import { storedResponseMapping } from '../mapping/stored-response.ts';
import { webhookMapping } from '../mapping/webhook.ts';
import type { Tables } from '../tables.ts';

type TransferTableName = Exclude<keyof Tables, 'validation_jobs' | 'counters'>;

export type TransferTable = {
  name: TransferTableName;
  /** The column that the rows are sorted by. */
  key: string;
  columns: readonly Column[];
};

/** A table that is not listed here does not compile. */
const mappings: Record<TransferTableName, { columns: object }> = {
  orders: orderMapping,
  validation_runs: runMapping,
  events: eventMapping,
  webhooks: webhookMapping,
  webhook_deliveries: deliveryMapping,
  idempotency_keys: storedResponseMapping,
};

export const transferTables: readonly TransferTable[] = Object.entries(mappings).map(([name, mapping]) => {
  const columns = Object.values<Column>(mapping.columns as Record<string, Column>).filter(
    (column) => !column.isNodeLocal,
  );
  return { name: name as TransferTableName, key: columns[0]?.name ?? '', columns };
});

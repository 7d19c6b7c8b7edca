// Files between two databases for tests: made by hand, or changed, where no service has written them.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Store } from '../../server/database/store.ts';
import type { Tables } from '../../server/database/tables.ts';
import { Checksums } from '../../server/database/transfer/checksums.ts';
import { exportDatabase } from '../../server/database/transfer/export.ts';
import { footerLine, headerLine, sectionLine, type Totals } from '../../server/database/transfer/file-format.ts';
import { importDatabase } from '../../server/database/transfer/import.ts';
import type { TransferOptions } from '../../server/database/transfer/progress.ts';
import { lastIdsSection } from '../../server/database/transfer/row-parser.ts';
import { transferTables } from '../../server/database/transfer/transfer-tables.ts';
import { createTemporaryFolder } from './folder.ts';

type RowsOf = { [Name in keyof Tables]?: readonly Record<string, unknown>[] };

/** The lines of a file with these rows, whose footer is right. */
export function buildTransferFile(rows: RowsOf, lastIds: Record<string, number> = {}): string[] {
  const tally = new Checksums();
  const linesOf = (section: string, sectionRows: readonly object[]) => {
    const lines = sectionRows.map((row) => JSON.stringify(row));
    tally.add(section, lines);
    return [sectionLine(section), ...lines];
  };
  const greatest = (name: keyof Tables, key: string) => Number(rows[name]?.at(-1)?.[key] ?? 0);
  const last = Object.entries({
    events: greatest('events', 'position'),
    webhooks: greatest('webhooks', 'id'),
    webhook_deliveries: greatest('webhook_deliveries', 'id'),
    ...lastIds,
  }).map(([name, id]) => ({ name, id }));
  const sections = transferTables.flatMap(({ name }) => linesOf(name, rows[name] ?? []));
  return [headerLine('sqlite'), ...sections, ...linesOf(lastIdsSection, last), footerLine(tally.totals)];
}

const at = '2026-05-04T10:15:30.120Z';

/** The row of an order, and the rows that go with it. */
export function buildOrderRow(id: number, fields: Record<string, unknown> = {}) {
  return {
    id,
    reference: `PO-${id}`,
    customer_id: 'customer-1',
    currency: 'EUR',
    items: '[{"productId":"tea","quantity":2,"unitPrice":1250}]',
    total: 2_500,
    note: null,
    metadata: '{}',
    status: 'CREATED',
    version: 1,
    rejection: null,
    validation_id: null,
    validation_state: null,
    created_by: 'ann',
    contributors: '["ann"]',
    created_at: at,
    updated_at: at,
    ...fields,
  };
}

export function buildEventRow(position: number, orderId: number) {
  return {
    position,
    id: `event-${position}`,
    type: 'order.created',
    timestamp: at,
    order_id: orderId,
    sequence: 1,
    actor_type: 'user',
    actor_id: 'ann',
    request_id: null,
    address: null,
    data: '{"order": {"z":1,"a":2}}',
  };
}

/** Nobody looks on, and nobody stops it. */
export const silentOptions: TransferOptions = { report: () => {}, stop: new AbortController().signal };

/** The text of an export. */
export async function exportText(store: Store): Promise<string> {
  await using folder = await createTemporaryFolder();
  const path = join(folder.path, 'moved.jsonl');
  await exportDatabase(path, store, silentOptions);
  return await readFile(path, 'utf8');
}

/** Imports a file with this text, or these bytes of one that is compressed. */
export async function importText(
  store: Store,
  content: string | Buffer,
  options: Partial<TransferOptions> = {},
): Promise<Totals> {
  await using folder = await createTemporaryFolder();
  const path = join(folder.path, typeof content === 'string' ? 'moved.jsonl' : 'moved.jsonl.gz');
  await writeFile(path, content);
  return await importDatabase(path, store, { ...silentOptions, ...options });
}

/** The lines as a file has them. */
export function joinLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** How much a database has of all that is carried, and of what is counted. */
export async function countRows({ reader }: Store): Promise<number> {
  const counts = transferTables.map(({ name }) => sql`(select count(*) from ${sql.table(name)})`);
  const counted = sql`(select sum(value) from counters)`;
  const { rows } = await sql<{
    size: number | string;
  }>`select ${sql.join([...counts, counted], sql` + `)} as size`.execute(reader);
  return Number(rows[0]?.size);
}

// Export files as text: built row by row, read from an export, and imported.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Store } from '../../../server/database/store.ts';
import type { Tables } from '../../../server/database/tables.ts';
import { Checksums } from '../../../server/database/transfer/checksums.ts';
import { exportDatabase } from '../../../server/database/transfer/export.ts';
import {
  formatFooterLine,
  formatHeaderLine,
  formatSectionLine,
  type Totals,
} from '../../../server/database/transfer/file-format.ts';
import { importDatabase } from '../../../server/database/transfer/import.ts';
import type { TransferOptions } from '../../../server/database/transfer/progress.ts';
import { lastIdsSection } from '../../../server/database/transfer/row-parser.ts';
import { transferTables } from '../../../server/database/transfer/transfer-tables.ts';
import { createTemporaryFolder } from '../folder.ts';

type RowsByTable = { [Name in keyof Tables]?: readonly Record<string, unknown>[] };

/** Builds the lines of a file with these rows and the matching footer. */
export function buildTransferFile(rows: RowsByTable, lastIds: Record<string, number> = {}): string[] {
  const checksums = new Checksums();
  const formatSection = (section: string, sectionRows: readonly object[]) => {
    const lines = sectionRows.map((row) => JSON.stringify(row));
    checksums.add(section, lines);
    return [formatSectionLine(section), ...lines];
  };
  const findLastId = (name: keyof Tables, key: string) => Number(rows[name]?.at(-1)?.[key] ?? 0);
  const last = Object.entries({
    events: findLastId('events', 'position'),
    webhooks: findLastId('webhooks', 'id'),
    webhook_deliveries: findLastId('webhook_deliveries', 'id'),
    ...lastIds,
  }).map(([name, id]) => ({ name, id }));
  const sections = transferTables.flatMap(({ name }) => formatSection(name, rows[name] ?? []));
  return [
    formatHeaderLine('sqlite'),
    ...sections,
    ...formatSection(lastIdsSection, last),
    formatFooterLine(checksums.totals),
  ];
}

const timestamp = '2026-05-04T10:15:30.120Z';

/** Builds the row of an order as a file contains it. */
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
    version: 2,
    rejection: null,
    validation_id: null,
    validation_state: null,
    created_by: 'ann',
    contributors: '["ann"]',
    created_at: timestamp,
    updated_at: timestamp,
    ...fields,
  };
}

/** Builds the row of the first event of an order. */
export function buildEventRow(position: number, orderId: number) {
  return {
    position,
    id: `event-${position}`,
    type: 'order.created',
    timestamp,
    order_id: orderId,
    sequence: 1,
    webhook_id: null,
    actor_type: 'user',
    actor_id: 'ann',
    request_id: null,
    client_request_id: null,
    address: null,
    data: '{"order": {"z":1,"a":2}}',
  };
}

/** Options without a progress report or an interruption. */
export const silentOptions: TransferOptions = { report: () => {}, stop: new AbortController().signal };

/** Exports a database and returns the text of the file. */
export async function exportText(store: Store): Promise<string> {
  await using folder = await createTemporaryFolder();
  const path = join(folder.path, 'export.jsonl');
  await exportDatabase(path, store, silentOptions);
  return await readFile(path, 'utf8');
}

/** Imports a file with this text; a `Buffer` is the content of a compressed file. */
export async function importText(
  store: Store,
  content: string | Buffer,
  options: Partial<TransferOptions> = {},
): Promise<Totals> {
  await using folder = await createTemporaryFolder();
  const path = join(folder.path, typeof content === 'string' ? 'export.jsonl' : 'export.jsonl.gz');
  await writeFile(path, content);
  return await importDatabase(path, store, { ...silentOptions, ...options });
}

/** Joins lines to the text of a file. */
export function joinLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** Returns the number of rows in all exported tables plus the sum of the counters: 0 for an empty database. */
export async function countRows({ reader }: Store): Promise<number> {
  const counts = transferTables.map(({ name }) => sql`(select count(*) from ${sql.table(name)})`);
  const counted = sql`(select sum(value) from counters)`;
  const { rows } = await sql<{
    size: number | string;
  }>`select ${sql.join([...counts, counted], sql` + `)} as size`.execute(reader);
  return Number(rows[0]?.size);
}

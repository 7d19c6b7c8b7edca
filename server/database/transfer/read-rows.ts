// Reads a database as lines of an export file. Both databases yield the same bytes. Rows are read in slices along the
// key, so that memory stays constant.

import { setImmediate } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { Column } from '../mapping/mapping.ts';
import type { Tables } from '../tables.ts';
import { type LastIdRow, lastIdsSection } from './row-parser.ts';
import { type TransferSupport, tablesWithStoredIds } from './transfer-support.ts';
import { type TransferTable, transferTables } from './transfer-tables.ts';

/** An order takes at most 50 kB. */
const sliceSize = 500;

/** Lines of a section. The first batch of each section may be empty. */
export type SectionLines = { section: string; lines: string[] };

/** Reads all sections in the order of the file. Throws when `stop` aborts. */
export async function* readSections(
  database: Kysely<Tables>,
  transfer: TransferSupport,
  stop: AbortSignal,
): AsyncGenerator<SectionLines> {
  for (const table of transferTables) {
    yield { section: table.name, lines: [] };
    for await (const lines of readTable(database, table)) {
      stop.throwIfAborted();
      yield { section: table.name, lines };
      // On SQLite, nothing else here returns to the event loop, so signals would not be handled.
      await setImmediate();
    }
  }
  const last = await transfer.lastIds(database);
  const rows = tablesWithStoredIds.map((name): LastIdRow => ({ name, id: last[name] }));
  yield { section: lastIdsSection, lines: rows.map((row) => JSON.stringify(row)) };
}

type Row = Record<string, unknown>;

async function* readTable(database: Kysely<Tables>, { name, key, columns }: TransferTable): AsyncGenerator<string[]> {
  const names = sql.join(columns.map((column) => sql.ref(column.name)));
  const lists = columns.filter(({ kind }) => kind === 'list');
  let rows: Row[];
  let after: unknown = 0;
  do {
    ({ rows } = await sql<Row>`select ${names} from ${sql.table(name)} where ${sql.ref(key)} > ${after}
      order by ${sql.ref(key)} limit ${sliceSize}`.execute(database));
    after = rows.at(-1)?.[key];
    if (rows.length > 0) yield rows.map((row) => JSON.stringify(normalizeLists(row, lists)));
  } while (rows.length === sliceSize);
}

/** Normalizes lists, because PostgreSQL preserves only their meaning. */
function normalizeLists(row: Row, lists: readonly Column[]): Row {
  for (const { name, members } of lists) {
    const text = row[name];
    if (typeof text === 'string') row[name] = JSON.stringify(JSON.parse(text), members && [...members]);
  }
  return row;
}

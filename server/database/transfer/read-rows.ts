// What a database has, as the lines of the file between two databases: from each kind of database the same, to the
// byte. Rows are read in slices along the key, so that memory does not grow with them.

import { setImmediate } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { Column } from '../mapping/mapping.ts';
import type { Tables } from '../tables.ts';
import { type LastIdRow, lastIdsSection } from './row-parser.ts';
import { type TransferSupport, tablesWithStoredIds } from './transfer-support.ts';
import { type TransferTable, transferTables } from './transfer-tables.ts';

/** An order takes 50 kB at the most. */
const sliceSize = 500;

/** Lines of a section; the first of each section may be none. */
export type SectionLines = { section: string; lines: string[] };

/** Reads everything that is carried, section by section, in the order of the file. Stops, with an error, at `stop`. */
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
      // On SQLite nothing here would give way to signals.
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
    if (rows.length > 0) yield rows.map((row) => JSON.stringify(withLists(row, lists)));
  } while (rows.length === sliceSize);
}

/** Lists in one form: PostgreSQL keeps their meaning, and writes them otherwise than they were given. */
function withLists(row: Row, lists: readonly Column[]): Row {
  for (const { name, members } of lists) {
    const text = row[name];
    if (typeof text === 'string') row[name] = JSON.stringify(JSON.parse(text), members && [...members]);
  }
  return row;
}

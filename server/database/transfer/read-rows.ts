// What a database has, as the lines of the file between two databases: from each kind of database the same, to the
// byte. Rows are read in slices along the key, so that memory does not grow with them.

import { setImmediate } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../tables.ts';
import { type LastIdRow, lastIdsSection } from './row-parser.ts';
import { idKeepers, type Moving } from './transfer-support.ts';
import { type MovedColumn, type MovedTable, movedTables } from './transfer-tables.ts';

/** An order takes 50 kB at the most. */
const sliceSize = 500;

/** Lines of a section; the first of each section may be none. */
export type Lines = { section: string; lines: string[] };

/** Reads everything that is carried, section by section, in the order of the file. Stops, with an error, at `stop`. */
export async function* contentsOf(database: Kysely<Tables>, moving: Moving, stop: AbortSignal): AsyncGenerator<Lines> {
  for (const table of movedTables) {
    yield { section: table.name, lines: [] };
    for await (const lines of linesOf(database, table)) {
      stop.throwIfAborted();
      yield { section: table.name, lines };
      // On SQLite nothing here would give way to signals.
      await setImmediate();
    }
  }
  const last = await moving.lastIds(database);
  const rows = idKeepers.map((name): LastIdRow => ({ name, id: last[name] }));
  yield { section: lastIdsSection, lines: rows.map((row) => JSON.stringify(row)) };
}

type Row = Record<string, unknown>;

async function* linesOf(database: Kysely<Tables>, { name, key, columns }: MovedTable): AsyncGenerator<string[]> {
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
function withLists(row: Row, lists: readonly MovedColumn[]): Row {
  for (const { name, members } of lists) {
    const text = row[name];
    if (typeof text === 'string') row[name] = JSON.stringify(JSON.parse(text), members && [...members]);
  }
  return row;
}

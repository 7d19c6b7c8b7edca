// Export and import on SQLite. The process owns the file, so there are no other writers.

import { type Kysely, sql } from 'kysely';
import { idCounters, type Tables } from '../tables.ts';
import type { LastIds, MaxIds, TransferSupport } from '../transfer/transfer-support.ts';
import type { TransferTable } from '../transfer/transfer-tables.ts';
import { type ConnectionHandle, getConnection } from './read-connection.ts';

/** @param reading the connection that `reader` uses */
export function createSqliteTransfer(reading: ConnectionHandle, reader: Kysely<Tables>): TransferSupport {
  return {
    kind: 'sqlite',
    async snapshot(work) {
      const connection = getConnection(reading);
      connection.exec('begin');
      try {
        return await work(reader);
      } finally {
        connection.exec('rollback');
      }
    },
    prepare: async () => {},
    insert,
    lastIds,
    restartIds,
  };
}

/** Each object of the JSON list is one row. */
function insert({ name, columns }: TransferTable, rows: string) {
  const names = columns.map((column) => sql.ref(column.name));
  const values = columns.map((column) => sql`value ->> ${sql.lit(column.name)}`);
  return sql`insert into ${sql.table(name)} (${sql.join(names)}) select ${sql.join(values)} from json_each(${rows})`;
}

async function lastIds(database: Kysely<Tables>): Promise<LastIds> {
  const { rows } = await sql<LastIds>`select
    coalesce((select seq from sqlite_sequence where name = 'events'), 0) as events,
    (select value from counters where name = ${idCounters.webhook}) as webhooks,
    (select value from counters where name = ${idCounters.delivery}) as webhook_deliveries`.execute(database);
  if (!rows[0]) throw new Error('the last assigned ids cannot be read');
  return rows[0];
}

/**
 * Orders and runs are never deleted, and the ids of stored responses are not visible, so these follow from the rows.
 */
async function restartIds(transaction: Kysely<Tables>, ids: MaxIds): Promise<void> {
  const counters = { [idCounters.webhook]: ids.webhooks, [idCounters.delivery]: ids.webhook_deliveries };
  for (const [name, value] of Object.entries(counters)) {
    await sql`update counters set value = ${value} where name = ${name}`.execute(transaction);
  }
  await sql`delete from sqlite_sequence where name = 'events'`.execute(transaction);
  await sql`insert into sqlite_sequence (name, seq) values ('events', ${ids.events})`.execute(transaction);
}

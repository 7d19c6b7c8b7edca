// Export and import on PostgreSQL.

import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Column, ColumnKind } from '../mapping/mapping.ts';
import type { Tables } from '../tables.ts';
import type { LastIds, MaxIds, TransferSupport } from '../transfer/transfer-support.ts';
import { type TransferTable, transferTables } from '../transfer/transfer-tables.ts';

export function createPostgresTransfer(reader: Kysely<Tables>): TransferSupport {
  return {
    kind: 'postgres',
    snapshot: (work) =>
      reader.transaction().execute(async (transaction) => {
        await sql`set transaction isolation level repeatable read, read only`.execute(transaction);
        await liftTimeouts(transaction);
        return work(transaction);
      }),
    prepare,
    insert,
    lastIds,
    restartIds,
  };
}

/** Lifts the timeouts, which are meant for requests. */
async function liftTimeouts(transaction: Kysely<Tables>): Promise<void> {
  await sql`set local statement_timeout = 0`.execute(transaction);
  await sql`set local idle_in_transaction_session_timeout = 0`.execute(transaction);
}

/**
 * Readers are not blocked. Foreign keys are checked row by row: deferred checks would keep every row in the server's
 * memory and run at the commit.
 */
async function prepare(transaction: Kysely<Tables>): Promise<void> {
  const tables = [...transferTables.map(({ name }) => sql.table(name)), sql.table('counters')];
  await sql`lock table ${sql.join(tables)} in share row exclusive mode`.execute(transaction);
  await liftTimeouts(transaction);
  await sql`set constraints all immediate`.execute(transaction);
}

/** The type of a column in the JSON objects, and the stored type. JSON inside a text is cast afterwards. */
const columnTypes: Record<ColumnKind, { input: string; stored: string }> = {
  integer: { input: 'bigint', stored: 'bigint' },
  text: { input: 'text', stored: 'text' },
  time: { input: 'timestamptz', stored: 'timestamptz' },
  json: { input: 'text', stored: 'json' },
  list: { input: 'text', stored: 'jsonb' },
};

/** `overriding system value`: identity columns take the given values. */
function insert({ name, columns }: TransferTable, rows: string): RawBuilder<unknown> {
  const names = columns.map((column) => sql.ref(column.name));
  const input = columns.map((column) => sql`${sql.ref(column.name)} ${toTypeSql(column, 'input')}`);
  const stored = columns.map((column) => sql`${sql.ref(column.name)}::${toTypeSql(column, 'stored')}`);
  return sql`insert into ${sql.table(name)} (${sql.join(names)}) overriding system value
    select ${sql.join(stored)} from json_to_recordset(${rows}::json) as input (${sql.join(input)})`;
}

function toTypeSql({ kind }: Column, stage: 'input' | 'stored'): RawBuilder<unknown> {
  return sql.raw(columnTypes[kind][stage]);
}

/** A sequence that has not assigned a value since its restart has assigned the value before. */
async function lastIds(database: Kysely<Tables>): Promise<LastIds> {
  const last = sql`(last_value - case when is_called then 0 else 1 end)`;
  const { rows } = await sql<LastIds>`select
    (select ${last} from events_position_seq) as events,
    (select ${last} from webhooks_id) as webhooks,
    (select ${last} from webhook_deliveries_id) as webhook_deliveries`.execute(database);
  if (!rows[0]) throw new Error('the last assigned ids cannot be read');
  return rows[0];
}

/** Sequences are restarted, not set, because a set value would survive a rollback. */
async function restartIds(transaction: Kysely<Tables>, ids: MaxIds): Promise<void> {
  for (const name of ['orders', 'validation_runs', 'webhooks', 'webhook_deliveries'] as const) {
    await sql`alter sequence ${sql.table(`${name}_id`)} restart with ${sql.lit(ids[name] + 1)}`.execute(transaction);
  }
  const identities = { position: 'events', id: 'idempotency_keys' } as const;
  for (const [column, table] of Object.entries(identities)) {
    const next = sql.lit(ids[table] + 1);
    await sql`alter table ${sql.table(table)} alter column ${sql.ref(column)} restart with ${next}`.execute(
      transaction,
    );
  }
}

// Moves from and to a PostgreSQL database.

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
        await takeTime(transaction);
        return work(transaction);
      }),
    prepare,
    insert,
    lastIds,
    restartIds,
  };
}

/** What a connection otherwise may take is meant for requests; a file may come slowly. */
async function takeTime(transaction: Kysely<Tables>): Promise<void> {
  await sql`set local statement_timeout = 0`.execute(transaction);
  await sql`set local idle_in_transaction_session_timeout = 0`.execute(transaction);
}

/**
 * Others can read, and see nothing of it. Foreign keys are checked row by row, since the server would remember each row
 * until the commit, and check them all while that is waited for.
 */
async function prepare(transaction: Kysely<Tables>): Promise<void> {
  const tables = [...transferTables.map(({ name }) => sql.table(name)), sql.table('counters')];
  await sql`lock table ${sql.join(tables)} in share row exclusive mode`.execute(transaction);
  await takeTime(transaction);
  await sql`set constraints all immediate`.execute(transaction);
}

/** As what a column comes in a JSON object, and what that becomes. JSON in a text is no JSON yet. */
const typesOf: Record<ColumnKind, { given: string; kept: string }> = {
  integer: { given: 'bigint', kept: 'bigint' },
  text: { given: 'text', kept: 'text' },
  time: { given: 'timestamptz', kept: 'timestamptz' },
  json: { given: 'text', kept: 'json' },
  list: { given: 'text', kept: 'jsonb' },
};

/** What has an identity of the database's own making takes what it is given, too. */
function insert({ name, columns }: TransferTable, rows: string): RawBuilder<unknown> {
  const names = columns.map((column) => sql.ref(column.name));
  const given = columns.map((column) => sql`${sql.ref(column.name)} ${typeIn(column, 'given')}`);
  const kept = columns.map((column) => sql`${sql.ref(column.name)}::${typeIn(column, 'kept')}`);
  return sql`insert into ${sql.table(name)} (${sql.join(names)}) overriding system value
    select ${sql.join(kept)} from json_to_recordset(${rows}::json) as given (${sql.join(given)})`;
}

function typeIn({ kind }: Column, stage: 'given' | 'kept'): RawBuilder<unknown> {
  return sql.raw(typesOf[kind][stage]);
}

/** Of a sequence that has given nothing since it was set to its next number, that is the one before. */
async function lastIds(database: Kysely<Tables>): Promise<LastIds> {
  const last = sql`(last_value - case when is_called then 0 else 1 end)`;
  const { rows } = await sql<LastIds>`select
    (select ${last} from events_position_seq) as events,
    (select ${last} from webhooks_id) as webhooks,
    (select ${last} from webhook_deliveries_id) as webhook_deliveries`.execute(database);
  if (!rows[0]) throw new Error('the database does not say which ids it has given');
  return rows[0];
}

/** Sequences are restarted, not set: what is set stays set where the transaction is rolled back. */
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

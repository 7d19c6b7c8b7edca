// Detects poolers that do not keep a connection to the server for the time of a session.

import { Client } from 'pg';
import { type ConnectionOptions, connectClient, logConnectionLoss, toConnectionSettings } from './pool.ts';
import { runQuery } from './run-query.ts';
import { createPoolModeError, isPooled } from './session.ts';

/** A pooler under load may return the right connection by chance, but not this often. */
const rounds = 20;

const setText = "select set_config('orders.session', $1, false)";
const readText = "select current_setting('orders.session', true) as value";

/**
 * Checks that each session keeps its own server connection. Behind a pooler, two sessions set an otherwise unused
 * setting to different values, and each must read its own value back. No other setting is changed, because a shared
 * connection would pass it on to other clients.
 * @throws DatabaseUnavailableError also if the pooler does not keep sessions
 */
export async function assertSessionsAreKept(options: ConnectionOptions): Promise<void> {
  await using first = await openProbe(options);
  const { rows } = await runQuery<{ pid: number }>(first.client, { text: 'select pg_backend_pid() as pid' });
  if (rows[0] && !isPooled(first.client, rows[0].pid)) return;
  await using second = await openProbe(options);
  const sessions = [first.client, second.client].map((client, index) => ({ client, name: `session-${index}` }));
  for (let round = 0; round < rounds; round += 1) {
    for (const { client, name } of sessions) await runQuery(client, { text: setText, values: [name] });
    for (const { client, name } of sessions) {
      const { rows: read } = await runQuery<{ value: string | null }>(client, { text: readText });
      if (read[0]?.value !== name) throw createPoolModeError();
    }
  }
}

async function openProbe(options: ConnectionOptions) {
  const client = new Client(toConnectionSettings(options));
  client.on('error', (error) => logConnectionLoss(options.log, error));
  const probe = { client, [Symbol.asyncDispose]: () => client.end().catch(() => {}) };
  await connectClient(client);
  return probe;
}

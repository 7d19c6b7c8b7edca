// Connections and pools with timeouts. A lost connection does not end the process.

import { Client, type ClientBase, type ClientConfig, Pool } from 'pg';
import type { Logger } from 'pino';
import type { StoreOptions } from '../../store.ts';
import { toUnavailableError } from '../errors/errors.ts';
import { createSessionSetup, type SessionKind } from './session.ts';
import { rowTypes } from './types.ts';
import { parseDatabaseUrl } from './url.ts';

/** Longer than the server's own timeouts; applies only if the server does not respond at all. */
const unresponsiveFactor = 2;

/** The database and the timeout of a connection. */
export type ConnectionOptions = Pick<StoreOptions, 'databaseUrl' | 'databaseTimeoutMs' | 'log'>;

type PoolOptions = ConnectionOptions & {
  size: number;
  kind: SessionKind;
};

/** The settings of every connection of this process, except those of the session. */
export function toConnectionSettings({ databaseUrl, databaseTimeoutMs }: ConnectionOptions) {
  const { url, startupOptions } = parseDatabaseUrl(databaseUrl);
  return {
    connectionString: url,
    ...(startupOptions && { options: startupOptions }),
    application_name: 'order-workflow-service',
    connectionTimeoutMillis: databaseTimeoutMs,
    query_timeout: unresponsiveFactor * databaseTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: rowTypes,
  } satisfies ClientConfig;
}

/** Opens a pool. Its connections are opened and set up when they are first needed. */
export function openPool({ size, kind, log, ...options }: PoolOptions): Pool {
  const setUp = createUrlSessionSetup({ ...options, log }, kind, options.databaseTimeoutMs);
  const pool = new Pool({
    ...toConnectionSettings({ ...options, log }),
    max: size,
    pipeline: kind === 'pipelined',
    // The pool waits for the result; a connection whose setup fails is closed.
    onConnect: (client: ClientBase): Promise<void> => setUp(client),
  });
  pool.on('error', (error) => logConnectionLoss(log, error));
  // The pool does not handle errors of connections that are in use.
  pool.on('connect', (client) => client.on('error', (error) => logConnectionLoss(log, error)));
  return pool;
}

/**
 * Opens a connection that waits for locks and statements without a limit. Its errors are written to the log.
 * @param onCreate called with the client before it connects
 * @throws DatabaseUnavailableError
 */
export async function openClient(options: ConnectionOptions, onCreate = (_: Client) => {}): Promise<Client> {
  const client = new Client({ ...toConnectionSettings(options), query_timeout: 0 });
  client.on('error', (error) => logConnectionLoss(options.log, error));
  onCreate(client);
  try {
    await connectClient(client);
    await createUrlSessionSetup(options, 'writing', 0)(client);
    return client;
  } catch (error) {
    client.end().catch(() => {});
    throw toUnavailableError(error);
  }
}

/** Creates the setup of sessions with the settings of the URL and those of the service. */
function createUrlSessionSetup(
  { databaseUrl, databaseTimeoutMs }: ConnectionOptions,
  kind: SessionKind,
  timeoutMs: number,
) {
  const { settings } = parseDatabaseUrl(databaseUrl);
  const responseTimeoutMs = unresponsiveFactor * databaseTimeoutMs;
  return createSessionSetup({ urlSettings: settings, kind, timeoutMs, responseTimeoutMs });
}

/** @throws DatabaseUnavailableError */
export async function connectClient(client: Client): Promise<void> {
  try {
    await client.connect();
  } catch (error) {
    throw toUnavailableError(error);
  }
}

export function logConnectionLoss(log: Logger, error: Error): void {
  log.warn({ reason: error.message }, 'database connection lost');
}

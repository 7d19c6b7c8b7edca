// Connection pools with timeouts. A lost connection does not end the process.

import { type Client, type ClientConfig, Pool } from 'pg';
import type { Logger } from 'pino';
import type { StoreOptions } from '../../store.ts';
import { toUnavailableError } from '../errors.ts';
import { rowTypes } from './types.ts';

/** Longer than the server's own timeouts; applies only if the server does not respond at all. */
const unresponsiveFactor = 2;

/** The share of the timeout that a transaction may be idle. */
const maxIdleShare = 0.6;

const readOnlyOptions = ' -c default_transaction_read_only=on';

type PoolOptions = Pick<StoreOptions, 'databaseUrl' | 'databaseTimeoutMs' | 'log'> & {
  size: number;
  isReading: boolean;
};

/** The settings of every connection of this process. */
export function toConnectionSettings({
  databaseUrl,
  databaseTimeoutMs,
}: Pick<StoreOptions, 'databaseUrl' | 'databaseTimeoutMs'>) {
  const url = new URL(databaseUrl);
  const options = url.searchParams.get('options') ?? '';
  url.searchParams.delete('options');
  return {
    connectionString: url.href,
    options: `${options} -c timezone=UTC -c datestyle=ISO`,
    application_name: 'order-workflow-service',
    connectionTimeoutMillis: databaseTimeoutMs,
    keepAlive: true,
    types: rowTypes,
  } satisfies ClientConfig;
}

export function openPool({ size, isReading, log, ...options }: PoolOptions): Pool {
  const timeoutMs = options.databaseTimeoutMs;
  const settings = toConnectionSettings(options);
  const pool = new Pool({
    ...settings,
    options: `${settings.options}${isReading ? readOnlyOptions : ''}`,
    statement_timeout: timeoutMs,
    lock_timeout: timeoutMs,
    // Shorter than the lock timeout, so that a waiting node gets the locks of a frozen node before it gives up.
    idle_in_transaction_session_timeout: Math.round(maxIdleShare * timeoutMs),
    query_timeout: unresponsiveFactor * timeoutMs,
    max: size,
  });
  pool.on('error', (error) => logConnectionLoss(log, error));
  // The pool does not handle errors of connections that are in use.
  pool.on('connect', (client) => client.on('error', (error) => logConnectionLoss(log, error)));
  return pool;
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

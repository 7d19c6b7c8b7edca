// Pools of connections to PostgreSQL, with their time-outs. A connection that is lost ends no process.

import { type ClientConfig, Pool } from 'pg';
import type { Logger } from 'pino';
import type { StoreOptions } from '../store.ts';
import { rowTypes } from './types.ts';

/** Longer than the server's own time-outs: only for a server that does not answer at all. */
const silenceFactor = 2;

type PoolOptions = Pick<StoreOptions, 'databaseUrl' | 'databaseTimeoutMs' | 'log'> & {
  size: number;
  isReading: boolean;
};

/** How every connection of this process is made. */
export function connectionSettings({
  databaseUrl,
  databaseTimeoutMs,
}: Omit<PoolOptions, 'log' | 'size' | 'isReading'>) {
  return {
    connectionString: databaseUrl,
    application_name: 'order-workflow-service',
    connectionTimeoutMillis: databaseTimeoutMs,
    keepAlive: true,
    types: rowTypes,
  } satisfies ClientConfig;
}

export function openPool({ size, isReading, log, ...options }: PoolOptions): Pool {
  const timeoutMs = options.databaseTimeoutMs;
  const pool = new Pool({
    ...connectionSettings(options),
    options: `-c timezone=UTC${isReading ? ' -c default_transaction_read_only=on' : ''}`,
    statement_timeout: timeoutMs,
    lock_timeout: timeoutMs,
    idle_in_transaction_session_timeout: timeoutMs,
    query_timeout: silenceFactor * timeoutMs,
    max: size,
  });
  pool.on('error', (error) => logLoss(log, error));
  // While a connection is lent, the pool does not listen to it.
  pool.on('connect', (client) => client.on('error', (error) => logLoss(log, error)));
  return pool;
}

export function logLoss(log: Logger, error: Error): void {
  log.warn({ reason: error.message }, 'a connection to the database was lost');
}

// Pools of connections to PostgreSQL, with their time-outs. A connection that is lost ends no process.

import { type Client, type ClientConfig, Pool } from 'pg';
import type { Logger } from 'pino';
import type { StoreOptions } from '../../store.ts';
import { toUnavailableError } from '../errors.ts';
import { rowTypes } from './types.ts';

/** Longer than the server's own time-outs: only for a server that does not answer at all. */
const unansweredFactor = 2;

/** How much of its time a transaction may pass without a word. */
const idleShare = 0.6;

const readingOptions = ' -c default_transaction_read_only=on';

type PoolOptions = Pick<StoreOptions, 'databaseUrl' | 'databaseTimeoutMs' | 'log'> & {
  size: number;
  isReading: boolean;
};

/** How every connection of this process is made. */
export function connectionSettings({
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
  const settings = connectionSettings(options);
  const pool = new Pool({
    ...settings,
    options: `${settings.options}${isReading ? readingOptions : ''}`,
    statement_timeout: timeoutMs,
    lock_timeout: timeoutMs,
    // Shorter: whoever waits for what a silent node has locked gets it before its own patience ends.
    idle_in_transaction_session_timeout: Math.round(idleShare * timeoutMs),
    query_timeout: unansweredFactor * timeoutMs,
    max: size,
  });
  pool.on('error', (error) => logConnectionLoss(log, error));
  // While a connection is lent, the pool does not listen to it.
  pool.on('connect', (client) => client.on('error', (error) => logConnectionLoss(log, error)));
  return pool;
}

/** @throws AwayError the database cannot be reached */
export async function connectClient(client: Client): Promise<void> {
  try {
    await client.connect();
  } catch (error) {
    throw toUnavailableError(error);
  }
}

export function logConnectionLoss(log: Logger, error: Error): void {
  log.warn({ reason: error.message }, 'a connection to the database was lost');
}

// Deletes expired rows: stored responses of idempotent requests, and old webhook deliveries.

import type { Logger } from 'pino';
import type { Execute } from '../domain/commands.ts';
import { purgeBatchSize } from '../domain/state.ts';
import { startPeriodicTask } from '../shared/periodic-task.ts';

type RetentionOptions = { execute: Execute; log: Logger; intervalMs: number };

/** Deletes expired rows now, and at every interval until it is disposed. */
export function startRetention({ execute, log, intervalMs }: RetentionOptions): Disposable {
  const purge = async (stop: AbortSignal) => {
    for (const type of ['idempotency-keys.purge', 'deliveries.purge'] as const) {
      let count: number;
      do count = await execute({ type });
      while (count === purgeBatchSize && !stop.aborted);
    }
  };
  return startPeriodicTask(purge, { log, intervalMs, failure: 'purge of expired rows failed' });
}

// Forgets what nobody may ask for any more: answers to requests with an Idempotency-Key, and old deliveries.

import type { Logger } from 'pino';
import type { CommitCommand } from '../domain/commands.ts';
import { forgottenAtOnce } from '../domain/state.ts';
import { periodically } from '../shared/periodic-task.ts';

type ForgettingOptions = { commit: CommitCommand; log: Logger; intervalMs: number };

/** Forgets now, and at every interval until it is disposed of. */
export function startForgetting({ commit, log, intervalMs }: ForgettingOptions): Disposable {
  const forget = async (stop: AbortSignal) => {
    for (const type of ['answers.forget', 'deliveries.forget'] as const) {
      let count: number;
      do count = await commit({ type });
      while (count === forgottenAtOnce && !stop.aborted);
    }
  };
  return periodically(forget, { log, intervalMs, failure: 'cannot forget what is old' });
}

// Forgets what nobody may ask for any more: answers to requests with an Idempotency-Key, and old deliveries of webhooks.

import type { Logger } from 'pino';
import { forgottenAtOnce } from '../store/state.ts';
import type { CommitCommand } from './commands.ts';

type ForgettingOptions = { commit: CommitCommand; log: Logger; intervalMs: number };

/** Forgets now, and at every interval until it is disposed of. */
export function startForgetting(options: ForgettingOptions): Disposable {
  const stopping = new AbortController();
  void forget(options, stopping.signal);
  const timer = setInterval(() => forget(options, stopping.signal), options.intervalMs);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      stopping.abort();
    },
  };
}

/** What cannot be done now is left to the next time. */
async function forget({ commit, log }: ForgettingOptions, stop: AbortSignal): Promise<void> {
  try {
    for (const type of ['answers.forget', 'deliveries.forget'] as const) {
      let count: number;
      do count = await commit({ type });
      while (count === forgottenAtOnce && !stop.aborted);
    }
  } catch (error) {
    if (!stop.aborted) log.error({ err: error }, 'cannot forget what is old');
  }
}

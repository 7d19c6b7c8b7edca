// Forgets the answers that are kept for requests with an Idempotency-Key, when nobody may ask for them any more.

import type { Logger } from 'pino';
import { forgottenAtOnce } from '../store/kept-answers.ts';
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
    let count: number;
    do count = await commit({ type: 'answers.forget' });
    while (count === forgottenAtOnce && !stop.aborted);
  } catch (error) {
    if (!stop.aborted) log.error({ err: error }, 'cannot forget old answers');
  }
}

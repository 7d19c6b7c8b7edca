// Forgets the answers that are kept for requests with an Idempotency-Key, when nobody may ask for them any more.

import type { Logger } from 'pino';
import { forgottenAtOnce } from '../store/kept-answers.ts';
import type { CommitCommand } from './commands.ts';

type ForgettingOptions = { commit: CommitCommand; log: Logger; intervalMs: number };

/** Forgets at every interval until it is disposed of. */
export function startForgetting(options: ForgettingOptions): Disposable {
  const timer = setInterval(() => forget(options), options.intervalMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** What cannot be done now is left to the next time. */
async function forget({ commit, log }: ForgettingOptions): Promise<void> {
  try {
    let count: number;
    do count = await commit({ type: 'answers.forget' });
    while (count === forgottenAtOnce);
  } catch (error) {
    log.error({ err: error }, 'cannot forget old answers');
  }
}

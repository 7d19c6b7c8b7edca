// Renews the lease of a run while it is evaluated.

import type { Logger } from 'pino';
import type { Execute } from '../domain/commands.ts';
import type { RunState } from '../domain/run.ts';

type LeaseRenewalOptions = {
  execute: Execute;
  log: Logger;
  /** How long a claim is valid without a renewal, in milliseconds. */
  leaseMs: number;
};

/**
 * Renews the lease three times in its duration, until the result is disposed of.
 * @param onLost called when the claim is not valid any more
 */
export function startLeaseRenewal(
  { execute, log, leaseMs }: LeaseRenewalOptions,
  { id: runId, fence }: RunState,
  onLost: () => void,
): Disposable {
  const renewal = setInterval(async () => {
    try {
      if (!(await execute({ type: 'run.renew', runId, fence, leaseMs }))) onLost();
    } catch (error) {
      log.warn({ err: error, runId }, 'lease renewal failed');
    }
  }, leaseMs / 3);
  return { [Symbol.dispose]: () => clearInterval(renewal) };
}

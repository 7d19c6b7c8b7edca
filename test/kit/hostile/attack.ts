// Starts the process of the hostile callers.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createToken, toBearerHeader } from '../http/tokens.ts';
import type { AttackSetup } from './attack-process.ts';
import type { AttackReport, Target } from './attackers.ts';

export type Attack = AsyncDisposable & { report(): Promise<AttackReport> };

/** Attacks the service at this URL until the result is disposed of. The service must accept the tokens of the tests. */
export async function startAttack(url: string): Promise<Attack> {
  const createTarget = async (sub: string): Promise<Target> => ({
    url,
    headers: toBearerHeader(await createToken({ claims: { sub } })),
  });
  const createTargets = (...subs: string[]) => Promise.all(subs.map(createTarget));
  const setup: AttackSetup = {
    stalled: await createTargets('stalled-1', 'stalled-2', 'stalled-3', 'stalled-4', 'stalled-5'),
    streams: await createTarget('streams'),
    readers: await createTargets('reader-1', 'reader-2', 'reader-3'),
    others: await createTarget('others'),
  };
  const child = fork(new URL('attack-process.ts', import.meta.url), { execArgv: [], stdio: 'inherit' });
  const exit = once(child, 'exit');
  child.send(setup);
  return {
    report: async () => {
      child.send('report');
      const [report] = await once(child, 'message');
      return report;
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

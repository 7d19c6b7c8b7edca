// Child processes of the benchmark. They are killed when the benchmark exits.

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const stopTimeoutMs = 10_000;

/** A child process. Disposing stops it with SIGTERM, and with SIGKILL after 10 s. */
export type Child = AsyncDisposable & {
  readonly process: ChildProcess;
  /** Rejects when the process ends. Never resolves. */
  readonly ended: Promise<never>;
};

/** Starts Node with `argv`. Only PATH is inherited from the environment. @default cwd the root of the repository */
export function startNode(
  argv: string[],
  environment: Record<string, string>,
  stdio: SpawnOptions['stdio'],
  cwd = root,
): Child {
  const child = spawn(process.execPath, argv, {
    cwd,
    env: { PATH: process.env.PATH, ...environment },
    ...(stdio === undefined ? {} : { stdio }),
  });
  const exit = once(child, 'exit');
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = exit.then(([code, signal]) => {
    throw new Error(`${argv.join(' ')} ended with ${code ?? signal}`);
  });
  ended.catch(() => {});
  return {
    process: child,
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      const timer = new AbortController();
      const timeout = pause(stopTimeoutMs, undefined, { signal: timer.signal }).then(kill, () => {});
      await exit;
      timer.abort();
      await timeout;
      process.off('exit', kill);
    },
  };
}

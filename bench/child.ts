// A process of the benchmark: it never outlives the benchmark, however that ends.

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const stopPatienceMs = 10_000;

export type Child = AsyncDisposable & {
  readonly process: ChildProcess;
  /** Rejects when the process ends; never resolves. */
  readonly ended: Promise<never>;
};

/** Runs this Node with `argv` in the root of the repository. Disposing of it stops it, and waits until it is gone. */
export function startNode(argv: string[], environment: Record<string, string>, stdio: SpawnOptions['stdio']): Child {
  const child = spawn(process.execPath, argv, {
    cwd: root,
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
      const patience = pause(stopPatienceMs, undefined, { signal: timer.signal }).then(kill, () => {});
      await exit;
      timer.abort();
      await patience;
      process.off('exit', kill);
    },
  };
}

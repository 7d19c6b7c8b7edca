// A server under load: a process of its own, on a database of its own, which is gone afterwards.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));

export type Contestant = AsyncDisposable & {
  readonly url: string;
  /** From the start of the process until it said where it can be reached, in milliseconds. */
  readonly startMs: number;
  /** Resident memory in megabytes; only Linux tells. */
  memoryMb(): Promise<number>;
};

/** The limit of the machine. */
export function startLimit(): Promise<Contestant> {
  return start((path) => [['bench/limit.ts', path], {}]);
}

/** The service as `npm start` runs it, with the log of requests off. */
export function startService(): Promise<Contestant> {
  return start((path) => [['server/main.ts'], { PORT: '0', DATABASE_URL: `sqlite:${path}`, LOG_LEVEL: 'info' }]);
}

type Command = [argv: string[], environment: Record<string, string>];

async function start(commandOn: (databasePath: string) => Command): Promise<Contestant> {
  const folder = await mkdtemp(join(tmpdir(), 'orders-bench-'));
  const [argv, environment] = commandOn(join(folder, 'orders.db'));
  const begun = performance.now();
  const child = spawn(process.execPath, argv, {
    cwd: root,
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  const ready = Promise.withResolvers<string>();
  createInterface(child.stdout).on('line', (line) => {
    const url = /ready on (http:[^"\s]+)/.exec(line)?.[1];
    if (url) ready.resolve(url);
  });
  exit.then(([code]) => ready.reject(new Error(`${argv.join(' ')} ended with ${code}`)));
  const url = await ready.promise;
  return {
    url,
    startMs: performance.now() - begun,
    memoryMb: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exit;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

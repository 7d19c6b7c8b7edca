// Starts a server in a child process. Its files are in a temporary folder that is deleted afterwards.

import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findFreePort } from '../../test/kit/free-port.ts';
import { startNode } from './child.ts';
import type { MeasuredServer } from './cpu-usage.ts';
import { type Memory, readCpuMs, readProcessMemory } from './process-status.ts';

/** A running server. Disposing stops its process. CPU time and memory are available on Linux only. */
export type ServerUnderTest = AsyncDisposable &
  MeasuredServer & {
    readonly pid: number;
    /** The resident memory of the process. */
    memory(): Promise<Memory>;
  };

/** How a server process is started. */
export type Launch = {
  /** The arguments of `node`. */
  argv: string[];
  /** @default only PATH */
  environment?: Record<string, string>;
  /** The headers that every request must have. */
  headers?: Record<string, string>;
  /** @default the root of this repository */
  cwd?: string;
};

/** Starts a server and waits until it is healthy. `createLaunch` receives an empty folder and a free port. */
export async function startServer(
  createLaunch: (folder: string, port: string) => Launch | Promise<Launch>,
): Promise<ServerUnderTest> {
  await using opening = new AsyncDisposableStack();
  const folder = opening.use(createTemporaryFolder()).path;
  // The log is written to a file: reading it from a pipe would take CPU time from the load generator.
  const log = opening.use(await open(join(folder, 'log'), 'a'));
  const port = await findFreePort();
  const { argv, environment = {}, headers = {}, cwd } = await createLaunch(folder, String(port));
  const child = opening.use(startNode(argv, environment, ['ignore', log.fd, 'inherit'], cwd));
  const url = `http://127.0.0.1:${port}`;
  await Promise.race([waitUntilHealthy(url), child.ended]);
  const opened = opening.move();
  const pid = child.process.pid ?? 0;
  return {
    url,
    headers,
    pid,
    cpuMs: () => readCpuMs(pid),
    databaseCpuMs: async () => 0,
    memory: () => readProcessMemory(pid),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Creates a folder that is also deleted if the benchmark is interrupted. */
function createTemporaryFolder(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), 'orders-bench-'));
  const remove = () => rmSync(path, { recursive: true, force: true });
  process.once('exit', remove);
  return {
    path,
    [Symbol.dispose]: () => {
      process.off('exit', remove);
      remove();
    },
  };
}

const startTimeoutMs = 120_000;

async function waitUntilHealthy(url: string): Promise<void> {
  const deadline = performance.now() + startTimeoutMs;
  while (performance.now() < deadline) {
    const response = await fetch(`${url}/health`).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.ok) return;
    await pause(20);
  }
  throw new Error(`the server did not become healthy within ${startTimeoutMs} ms`);
}

// Starts a server in a child process, by default on a temporary database that is deleted afterwards.

import { mkdtempSync, rmSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findFreePort } from '../../test/kit/free-port.ts';
import { createDatabase } from '../data/database.ts';
import { type Child, startNode } from './child.ts';
import { type Profile, profiles } from './profiles.ts';
import { readStartScript } from './start-script.ts';

type Memory = { residentMb: number; peakMb: number };

/** A running server. Disposing stops its process. CPU time and memory are available on Linux only. */
export type ServerUnderTest = AsyncDisposable & {
  readonly url: string;
  /** The headers that every request must have. */
  readonly headers: Record<string, string>;
  /** The CPU time of the main thread, which serves the requests, in milliseconds. */
  cpuMs(): Promise<number>;
  /** The resident memory of the process in MiB: the current value and the peak. */
  memory(): Promise<Memory>;
};

/** Starts the baseline on SQLite. */
export function startSqliteBaseline(): Promise<ServerUnderTest> {
  return start({
    createCommand: async (path, port) => {
      await createDatabase(`sqlite:${path}`);
      return { argv: ['bench/servers/baseline.ts', path, port], environment: {} };
    },
  });
}

/** Starts the service on SQLite with the arguments of `npm start`. @default databasePath a temporary database */
export function startSqliteService(profile: Profile, databasePath?: string): Promise<ServerUnderTest> {
  return start({
    createCommand: async (path, port) => {
      const { argv, environment } = readStartScript();
      const configured = { ...profiles[profile].environment, PORT: port, DATABASE_URL: `sqlite:${path}` };
      return { argv, environment: { ...environment, ...configured } };
    },
    headers: profiles[profile].headers,
    ...(databasePath === undefined ? {} : { databasePath }),
  });
}

/** Starts the baseline on PostgreSQL. */
export function startPostgresBaseline(databaseUrl: string): Promise<ServerUnderTest> {
  const createArgv = (port: string) => ['bench/servers/postgres-baseline.ts', databaseUrl, port];
  return start({ createCommand: async (_, port) => ({ argv: createArgv(port), environment: {} }) });
}

/** Starts the service on PostgreSQL with the arguments of `npm start`. */
export function startPostgresService(profile: Profile, databaseUrl: string): Promise<ServerUnderTest> {
  const { argv, environment } = readStartScript();
  return start({
    createCommand: async (_, PORT) => {
      const configured = { ...profiles[profile].environment, PORT, DATABASE_URL: databaseUrl };
      return { argv, environment: { ...environment, ...configured } };
    },
    headers: profiles[profile].headers,
  });
}

type Command = { argv: string[]; environment: Record<string, string> };

type StartOptions = {
  createCommand(databasePath: string, port: string): Promise<Command>;
  headers?: Record<string, string>;
  databasePath?: string;
};

async function start({ createCommand, headers = {}, databasePath }: StartOptions): Promise<ServerUnderTest> {
  await using opening = new AsyncDisposableStack();
  const folder = opening.use(createTemporaryFolder()).path;
  // The log is written to a file: reading it from a pipe would take CPU time from the load generator.
  const log = opening.use(await open(join(folder, 'log'), 'a'));
  const port = await findFreePort();
  const { argv, environment } = await createCommand(databasePath ?? join(folder, 'orders.db'), String(port));
  const child = opening.use(startNode(argv, environment, ['ignore', log.fd, 'inherit']));
  const url = `http://127.0.0.1:${port}`;
  await Promise.race([waitUntilHealthy(url), child.ended]);
  const opened = opening.move();
  return { url, headers, ...createGauges(child), [Symbol.asyncDispose]: () => opened.disposeAsync() };
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

const startTimeoutMs = 30_000;

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

/** Linux reports CPU time in units of 10 ms (USER_HZ, proc(5)). */
const tickMs = 10;

function createGauges({ process: { pid } }: Child): Pick<ServerUnderTest, 'cpuMs' | 'memory'> {
  return {
    cpuMs: async () => {
      const stat = await readFile(`/proc/${pid}/task/${pid}/stat`, 'utf8');
      // Fields 14 and 15 are the times in user and system mode. Field 2, the name in brackets, can contain spaces.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) * tickMs;
    },
    memory: async () => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      const readMb = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
      return { residentMb: readMb('VmRSS'), peakMb: readMb('VmHWM') };
    },
  };
}

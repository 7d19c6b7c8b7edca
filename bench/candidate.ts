// A server under load: a process of its own, on a database that is gone afterwards where no other is named.

import { mkdtempSync, rmSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findFreePort } from '../test/kit/free-port.ts';
import { type Child, startNode } from './child.ts';
import { createDatabase } from './database.ts';
import { type Profile, profiles } from './profiles.ts';
import { readStartScript } from './start-script.ts';

type Memory = { residentMb: number; peakMb: number };

export type Candidate = AsyncDisposable & {
  readonly url: string;
  /** What every request to it has to bear. */
  readonly headers: Record<string, string>;
  /** How long its main thread, which answers the requests, has been on a CPU, in milliseconds. Only Linux tells. */
  cpuMs(): Promise<number>;
  /** Only Linux tells. */
  memory(): Promise<Memory>;
};

/** The limit of the machine. */
export function startBaseline(): Promise<Candidate> {
  return start({
    commandOn: async (path, port) => {
      await createDatabase(`sqlite:${path}`);
      return { argv: ['bench/limit.ts', path, port], environment: {} };
    },
  });
}

/** The service as `npm start` runs it. */
export function startService(profile: Profile, databasePath?: string): Promise<Candidate> {
  return start({
    commandOn: async (path, port) => {
      const { argv, environment } = readStartScript();
      const configured = { ...profiles[profile].environment, PORT: port, DATABASE_URL: `sqlite:${path}` };
      return { argv, environment: { ...environment, ...configured } };
    },
    headers: profiles[profile].headers,
    ...(databasePath === undefined ? {} : { databasePath }),
  });
}

/** What is measured on PostgreSQL: the limit of the machine, or the service. */
export function startOnPostgres(what: 'limit' | Profile, databaseUrl: string): Promise<Candidate> {
  if (what === 'limit') {
    const argvOn = (port: string) => ['bench/postgres-limit.ts', databaseUrl, port];
    return start({ commandOn: async (_, port) => ({ argv: argvOn(port), environment: {} }) });
  }
  const { argv, environment } = readStartScript();
  return start({
    commandOn: async (_, PORT) => {
      const configured = { ...profiles[what].environment, PORT, DATABASE_URL: databaseUrl };
      return { argv, environment: { ...environment, ...configured } };
    },
    headers: profiles[what].headers,
  });
}

type Command = { argv: string[]; environment: Record<string, string> };

type Setup = {
  commandOn(databasePath: string, port: string): Promise<Command>;
  headers?: Record<string, string>;
  databasePath?: string;
};

async function start({ commandOn, headers = {}, databasePath }: Setup): Promise<Candidate> {
  await using opening = new AsyncDisposableStack();
  const folder = opening.use(temporaryFolder()).path;
  // The log goes into a file: a pipe would need somebody who empties it, on a CPU that the load needs.
  const log = opening.use(await open(join(folder, 'log'), 'a'));
  const port = await findFreePort();
  const { argv, environment } = await commandOn(databasePath ?? join(folder, 'orders.db'), String(port));
  const child = opening.use(startNode(argv, environment, ['ignore', log.fd, 'inherit']));
  const url = `http://127.0.0.1:${port}`;
  await Promise.race([untilItAnswers(url), child.ended]);
  const opened = opening.move();
  return { url, headers, ...gauges(child), [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** It is gone afterwards, even where the benchmark is interrupted. */
function temporaryFolder(): Disposable & { path: string } {
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

const startPatienceMs = 30_000;

async function untilItAnswers(url: string): Promise<void> {
  const deadline = performance.now() + startPatienceMs;
  while (performance.now() < deadline) {
    const response = await fetch(`${url}/health`).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.ok) return;
    await pause(20);
  }
  throw new Error(`no answer within ${startPatienceMs} ms`);
}

/** Linux counts the time of a CPU in hundredths of a second (USER_HZ, proc(5)). */
const tickMs = 10;

function gauges({ process: { pid } }: Child): Pick<Candidate, 'cpuMs' | 'memory'> {
  return {
    cpuMs: async () => {
      const stat = await readFile(`/proc/${pid}/task/${pid}/stat`, 'utf8');
      // After the name, which is in brackets: fields 14 and 15 of the line are the times in user and in system mode.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) * tickMs;
    },
    memory: async () => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      const megabytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
      return { residentMb: megabytes('VmRSS'), peakMb: megabytes('VmHWM') };
    },
  };
}

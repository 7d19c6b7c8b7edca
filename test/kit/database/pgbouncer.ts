// PgBouncer in front of a PostgreSQL server. The program comes from the Debian packages, which are unpacked into a
// cache folder, not installed.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, cp, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, createTemporaryFolder } from '../folder.ts';
import { findFreePort } from '../free-port.ts';
import { stopWithThisProcess, unprivilegedUser } from './postgres-server.ts';

export type PgBouncer = AsyncDisposable & {
  /** The URL of the database through PgBouncer. */
  readonly url: string;
};

const run = promisify(execFile);
const folder = join(cacheFolder, 'pgbouncer');
const downloadTimeoutMs = 20_000;

/** Makes the program available. Returns why it is not, for example without the package manager of Debian. */
export async function preparePgBouncer(): Promise<string | undefined> {
  try {
    await access(folder).catch(() => download());
    await runProgram(folder, '--version');
    return undefined;
  } catch (error) {
    return `PgBouncer is not available: ${error instanceof Error ? error.message.trim() : error}`;
  }
}

/** The package manager drops its privileges otherwise, and cannot write to the folder. */
const aptOptions = ['-qq', '-o', 'APT::Sandbox::User=root'];

async function download(): Promise<void> {
  await mkdir(cacheFolder, { recursive: true });
  const unpacked = await mkdtemp(join(cacheFolder, 'pgbouncer-'));
  try {
    await unpackPackages(unpacked, ['pgbouncer']);
    const isComplete = await runProgram(unpacked, '--version').then(
      () => true,
      () => false,
    );
    if (!isComplete) await unpackPackages(unpacked, await listLibraries());
    // Another process may have finished first.
    await rename(unpacked, folder).catch(() => {});
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
}

async function unpackPackages(target: string, names: readonly string[]): Promise<void> {
  const options = { cwd: target, timeout: downloadTimeoutMs };
  await run('apt-get', [...aptOptions, 'download', ...names], options);
  for (const file of await readdir(target)) {
    if (!file.endsWith('.deb')) continue;
    await run('dpkg', ['-x', file, '.'], options);
    await rm(join(target, file));
  }
}

/** Returns the packages of the libraries that PgBouncer uses, except that of C, which every program has. */
async function listLibraries(): Promise<string[]> {
  const { stdout } = await run('apt-cache', ['depends', '--important', 'pgbouncer'], { timeout: downloadTimeoutMs });
  return [...stdout.matchAll(/Depends: (lib\S+)/g)].map(([, name = '']) => name).filter((name) => name !== 'libc6');
}

/** The folders of libraries are named after the processor, as in `usr/lib/x86_64-linux-gnu`. */
async function findProgram(root: string) {
  const libraries = join(root, 'usr/lib');
  const names = await readdir(libraries).catch(() => []);
  const env = { LD_LIBRARY_PATH: names.map((name) => join(libraries, name)).join(':') };
  return { program: join(root, 'usr/sbin/pgbouncer'), env };
}

async function runProgram(root: string, argument: string): Promise<void> {
  const { program, env } = await findProgram(root);
  await run(program, [argument], { env });
}

/**
 * Starts PgBouncer on a free port with its defaults, and without passwords. {@link preparePgBouncer} must have
 * succeeded.
 * @param settings settings of the section `pgbouncer` that differ from the defaults
 */
export async function startPgBouncer(databaseUrl: string, settings: Record<string, string> = {}): Promise<PgBouncer> {
  await using opening = new AsyncDisposableStack();
  const files = opening.use(await createTemporaryFolder());
  // PgBouncer refuses to run as root, and another user may not read the cache folder.
  await chmod(files.path, 0o755);
  await cp(folder, join(files.path, 'program'), { recursive: true, verbatimSymlinks: true });
  const { program, env } = await findProgram(join(files.path, 'program'));
  const server = new URL(databaseUrl);
  const url = new URL(databaseUrl);
  url.port = String(await findFreePort());
  const configuration = await files.write('pgbouncer.ini', buildConfiguration(server, url, settings));
  const child = spawn(program, [configuration], { ...unprivilegedUser, env, stdio: ['ignore', 'ignore', 'pipe'] });
  opening.defer(async () => {
    if (child.exitCode !== null) return;
    const end = once(child, 'exit');
    child.kill('SIGQUIT');
    await end;
  });
  stopWithThisProcess(child, files.path);
  await waitUntilListening(child);
  const opened = opening.move();
  return { url: url.href, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

function buildConfiguration(server: URL, url: URL, settings: Record<string, string>): string {
  const password = server.password === '' ? '' : ` password=${decodeURIComponent(server.password)}`;
  const all = {
    listen_addr: '127.0.0.1',
    listen_port: url.port,
    unix_socket_dir: '',
    auth_type: 'any',
    ...settings,
  };
  return [
    '[databases]',
    `* = host=${server.hostname} port=${server.port || '5432'} user=${decodeURIComponent(server.username)}${password}`,
    '[pgbouncer]',
    ...Object.entries(all).map(([name, value]) => `${name} = ${value}`),
    '',
  ].join('\n');
}

/** Also reads the output that follows, because a full pipe would block the program. */
async function waitUntilListening(child: ReturnType<typeof spawn>): Promise<void> {
  const listening = Promise.withResolvers<void>();
  let text = '';
  child.stderr?.on('data', (chunk) => {
    text += chunk;
    if (/process up/.test(text)) listening.resolve();
  });
  child.once('error', listening.reject);
  child.once('exit', () => listening.reject(new Error(text)));
  await listening.promise;
}

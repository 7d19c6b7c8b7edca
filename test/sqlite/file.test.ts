// The SQLite file on its disk: one owner by any path, complete after a stop, private, and noticed when it is replaced.
// Real processes open it.

import { execFileSync } from 'node:child_process';
import { copyFile, link, mkdir, open, readdir, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { createTemporaryFolder } from '../kit/folder.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { catchProblem } from '../kit/http/problems.ts';
import { startTestApp } from '../kit/service/app.ts';
import { runServiceToExit, startServiceProcess } from '../kit/service/process.ts';

async function createOrder(url: string): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  return (await fetch(`${url}/orders`, { method: 'POST', headers, body: JSON.stringify(buildOrder()) })).status;
}

/** Mounts a file or folder at another path. Returns undefined if this user may not mount. */
function bindMount(source: string, target: string): Disposable | undefined {
  try {
    execFileSync('mount', ['--bind', source, target], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return { [Symbol.dispose]: () => void execFileSync('umount', [target]) };
}

// Processes start slowly on a loaded machine.
describe('the owner of a SQLite file', { timeout: 90_000 }, () => {
  test('a second process cannot open the file through a hard link', async () => {
    await using folder = await createTemporaryFolder();
    const path = join(folder.path, 'orders.db');
    await using _first = await startServiceProcess({ DATABASE_URL: `sqlite:${path}` });
    await mkdir(join(folder.path, 'other'));
    const other = join(folder.path, 'other/linked.db');
    await link(path, other);
    const { code, errors } = await runServiceToExit({ DATABASE_URL: `sqlite:${other}` });
    expect(code).toBe(1);
    expect(errors).toBe(`cannot start: DATABASE_URL: another process is using ${other}; stop it first\n`);
  });

  test('a file with hard links cannot be opened, because its latest commits could be beside another name', async () => {
    await using folder = await createTemporaryFolder();
    const path = await folder.write('orders.db', '');
    await link(path, join(folder.path, 'linked.db'));
    const { code, errors } = await runServiceToExit({ DATABASE_URL: `sqlite:${path}` });
    expect(code).toBe(1);
    expect(errors).toMatch(/^cannot start: DATABASE_URL: .*orders\.db has 2 hard links; remove the others: .*-wal/);
  });

  test('a second process cannot open the file through a bind mount of the file or of its folder', async (context) => {
    await using folder = await createTemporaryFolder();
    const path = join(folder.path, 'orders.db');
    const mounted = join(folder.path, 'mounted');
    await mkdir(mounted);
    await writeFile(join(mounted, 'orders.db'), '');
    await using _first = await startServiceProcess({ DATABASE_URL: `sqlite:${path}` });
    const start = () => runServiceToExit({ DATABASE_URL: `sqlite:${join(mounted, 'orders.db')}` });
    {
      using mount = bindMount(path, join(mounted, 'orders.db'));
      if (!mount) return context.skip('this user may not mount');
      expect((await start()).errors).toMatch(
        /^cannot start: DATABASE_URL: another process is using .*mounted\/orders\.db/,
      );
    }
    using _mount = bindMount(folder.path, mounted);
    expect((await start()).errors).toMatch(
      /^cannot start: DATABASE_URL: another process is using .*mounted\/orders\.db/,
    );
  });

  test('a file that is mounted on its own cannot be opened', async (context) => {
    await using folder = await createTemporaryFolder();
    const source = await folder.write('source.db', '');
    const path = await folder.write('or ders.db', '');
    using mount = bindMount(source, path);
    if (!mount) return context.skip('this user may not mount');
    const { errors } = await runServiceToExit({ DATABASE_URL: `sqlite:${path}` });
    expect(errors).toMatch(
      /^cannot start: DATABASE_URL: .*or ders\.db is mounted as a single file; mount its folder instead/,
    );
  });
});

describe('a changed SQLite file', () => {
  test.each<[string, (path: string) => Promise<void>]>([
    ['deleted', (path) => unlink(path)],
    ['moved', (path) => rename(path, `${path}.old`)],
    [
      'replaced by a copy',
      async (path) => {
        await copyFile(path, `${path}.copy`);
        await rename(`${path}.copy`, path);
      },
    ],
  ])('a file that is %s while the service runs makes it not ready and refuses writes', async (_, change) => {
    await using folder = await createTemporaryFolder();
    const path = join(folder.path, 'orders.db');
    await using app = await startTestApp({ databaseUrl: `sqlite:${path}` });
    await app.client.orders.create(buildOrder());
    await change(path);
    expect((await app.request('/health/ready')).status).toBe(503);
    const problem = await catchProblem('unavailable', app.client.orders.create(buildOrder()));
    expect(problem.detail).toContain('moved, deleted or replaced');
    expect((await app.request('/health/ready')).status).toBe(503);
  });

  test('a deleted -wal file makes the service not ready and refuses writes', async () => {
    await using folder = await createTemporaryFolder();
    const path = join(folder.path, 'orders.db');
    await using app = await startTestApp({ databaseUrl: `sqlite:${path}` });
    await unlink(`${path}-wal`);
    await catchProblem('unavailable', app.client.orders.create(buildOrder()));
    expect((await app.request('/health/ready')).status).toBe(503);
  });

  test('a file that is moved back makes the service ready again', async () => {
    await using folder = await createTemporaryFolder();
    const path = join(folder.path, 'orders.db');
    await using app = await startTestApp({ databaseUrl: `sqlite:${path}` });
    await rename(path, `${path}.old`);
    await catchProblem('unavailable', app.client.orders.create(buildOrder()));
    await rename(`${path}.old`, path);
    expect((await app.request('/health/ready')).status).toBe(200);
    expect(await app.client.orders.create(buildOrder())).toMatchObject({ id: 1 });
  });
});

describe('a lost SQLite file', () => {
  test('a stop after the file was deleted saves all orders in another file', async () => {
    await using folder = await createTemporaryFolder();
    const path = join(folder.path, 'orders.db');
    {
      await using app = await startTestApp({ databaseUrl: `sqlite:${path}` });
      for (let count = 0; count < 3; count += 1) await app.client.orders.create(buildOrder());
      await unlink(path);
    }
    expect((await stat(`${path}.saved`)).mode & 0o777).toBe(0o600);
    await using app = await startTestApp({ databaseUrl: `sqlite:${path}.saved` });
    expect((await app.client.orders.list()).data).toHaveLength(3);
  });

  test('a start with a -wal file but without its database file fails, and discards nothing', async () => {
    await using folder = await createTemporaryFolder();
    const path = join(folder.path, 'orders.db');
    await folder.write('orders.db-wal', 'commits');
    await expect(startTestApp({ databaseUrl: `sqlite:${path}` })).rejects.toThrow(
      /orders\.db is missing, but .*orders\.db-wal has commits that belong to it/,
    );
    expect(await readdir(folder.path)).toEqual(['orders.db-wal']);
  });
});

describe('the SQLite file after a stop', () => {
  test('a copy of the file alone, made after SIGTERM, has every order', async () => {
    await using folder = await createTemporaryFolder();
    const path = join(folder.path, 'orders.db');
    {
      await using service = await startServiceProcess({ DATABASE_URL: `sqlite:${path}` });
      for (let index = 0; index < 3; index++) expect(await createOrder(service.url)).toBe(201);
      expect(await service.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    }
    const copy = join(folder.path, 'copy.db');
    await copyFile(path, copy);
    const database = new Database(copy, { readonly: true });
    expect(database.prepare('select count(*) from orders').pluck().get()).toBe(3);
    database.close();
    expect(await readdir(folder.path)).not.toContain('orders.db-wal');
  });
});

describe('the access rights of the SQLite file', () => {
  test('a new database and the files beside it are accessible to their owner only', async () => {
    await using folder = await createTemporaryFolder();
    const data = join(folder.path, 'new/data');
    await using _app = await startTestApp({ databaseUrl: `sqlite:${join(data, 'orders.db')}` });
    expect((await readdir(data)).sort()).toEqual(['orders.db', 'orders.db-shm', 'orders.db-wal']);
    for (const name of await readdir(data)) expect((await stat(join(data, name))).mode & 0o777).toBe(0o600);
    expect((await stat(data)).mode & 0o777).toBe(0o700);
  });

  test('an existing file that other users can read causes a warning with its path', async () => {
    await using folder = await createTemporaryFolder();
    const path = join(folder.path, 'orders.db');
    await using file = await open(path, 'w');
    await file.chmod(0o644);
    await using app = await startTestApp({ databaseUrl: `sqlite:${path}` });
    const warning = expect.stringContaining(`${path} is accessible to other users`);
    expect(app.logLines).toContainEqual(expect.objectContaining({ level: 40, mode: '644', msg: warning }));
  });

  test('the absolute path of the database is logged at the start', async () => {
    await using app = await startTestApp();
    const path = app.config.databaseUrl.slice('sqlite:'.length);
    expect(app.logLines).toContainEqual(expect.objectContaining({ path, msg: `opened the database ${path}` }));
  });
});

describe('an unusable SQLite file', () => {
  test('a file that is not a database stops the start with its path, the cause and the remedy', async () => {
    await using folder = await createTemporaryFolder();
    const path = await folder.write('orders.db', 'no database '.repeat(1_000));
    const { code, errors } = await runServiceToExit({ DATABASE_URL: `sqlite:${path}` });
    expect(code).toBe(1);
    expect(errors).toMatch(
      /^cannot start: DATABASE_URL: cannot use .*orders\.db: the file is not a SQLite database .*DATABASE_URL/,
    );
    expect(errors.split('\n')).toHaveLength(2);
  });
});

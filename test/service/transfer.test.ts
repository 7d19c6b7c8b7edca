// Moving a database: what is exported and imported is the same to the byte, and what is not as it was written is not
// taken in at all.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import type { Store } from '../../server/database/store.ts';
import { exportDatabase } from '../../server/database/transfer/export.ts';
import { LineReader } from '../../server/database/transfer/line-reader.ts';
import { Progress } from '../../server/database/transfer/progress.ts';
import { startTestApp } from '../kit/app.ts';
import { createTemporaryDatabase, type TestDatabase } from '../kit/database.ts';
import { createTemporaryFolder } from '../kit/folder.ts';
import { buildOrder } from '../kit/orders.ts';
import { openTestStore } from '../kit/store.ts';
import {
  buildEventRow,
  buildOrderRow,
  buildTransferFile,
  countRows,
  exportText,
  importText,
  joinLines,
  silentOptions,
} from '../kit/transfer-file.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

const oddTexts = [
  'emoji 🫖 and ü',
  'lines\n\r\u2028\u2029and\ttabs',
  '"quotes" \\ and \u007f\u0001',
  '',
  ' ',
  '{}',
  'null',
];
const manyLines = JSON.stringify(upTo(100).map((id) => ({ unitPrice: 1, productId: `p${id}`, quantity: id })));

/** As much as takes several slices and batches. */
const large = buildTransferFile(
  {
    orders: [
      ...upTo(1_600).map((id) => buildOrderRow(id, { note: oddTexts[id % oddTexts.length] })),
      buildOrderRow(2_000, { total: Number.MAX_SAFE_INTEGER, items: manyLines, metadata: '{"zz": "1","a":"2"}' }),
      buildOrderRow(Number.MAX_SAFE_INTEGER - 1, { rejection: 'null', note: 'x'.repeat(300_000) }),
    ],
    events: upTo(1_600).map((id) => buildEventRow(3 * id, id)),
  },
  { events: 9_000, webhooks: 7, webhook_deliveries: 70 },
);

describe('a database', () => {
  test('that was imported exports what it was imported from, to the byte', async () => {
    await using database = await createTemporaryDatabase();
    await using store = await openTestStore(database.url);
    const totals = await importText(store, joinLines(large));
    expect(totals).toMatchObject({ orders: { rows: 1_602 }, events: { rows: 1_600 }, last_ids: { rows: 3 } });
    expect((await exportText(store)).split('\n').slice(1)).toEqual([...large.slice(1), '']);
  });

  test('is exported as it was at one moment, whatever is written meanwhile', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder());
    const { snapshot } = app.service.store.transfer;
    const ids = await snapshot(async (reader) => {
      const read = () => reader.selectFrom('orders').select('id').execute();
      const before = await read();
      await app.client.orders.create(buildOrder());
      return [before, await read()];
    });
    expect(ids).toEqual([[{ id: 1 }], [{ id: 1 }]]);
    await expect(app.client.orders.list()).resolves.toMatchObject({ data: [{ id: 2 }, { id: 1 }] });
  });

  test.each<[string, (store: Store) => Promise<unknown>]>([
    ['an order', (store) => importText(store, joinLines(buildTransferFile({ orders: [buildOrderRow(1)] })))],
    [
      'a webhook and nothing else',
      (store) => importText(store, joinLines(buildTransferFile({ webhooks: [webhookRow] }))),
    ],
  ])('that has %s is not filled', async (_, fill) => {
    await using database = await createTemporaryDatabase();
    await using store = await openTestStore(database.url);
    await fill(store);
    const before = await exportText(store);
    await expect(importText(store, joinLines(large))).rejects.toThrow('the database is not empty: it contains ');
    expect(await exportText(store)).toBe(before);
  });
});

const webhookRow = {
  ...{ id: 1, url: 'https://a.example/', types: '["order.approved"]', description: null, secret: 'whsec_x' },
  ...{ former_secret: null, former_secret_until: null, pause_reason: null, paused_at: null, position: 0 },
  ...{ failing_delivery_id: null, failures: 0, failing_since: null, due_at_ms: 0, fence: 3, created_by: 'ann' },
  ...{ created_at: '2026-05-04T10:15:30.120Z', updated_at: '2026-05-04T10:15:30.120Z' },
};

describe('nothing is taken in', () => {
  let database: TestDatabase;
  let store: Store;
  beforeAll(async () => {
    database = await createTemporaryDatabase();
    store = await openTestStore(database.url);
  });
  afterAll(async () => {
    expect(await importText(store, joinLines(large))).toMatchObject({ orders: { rows: 1_602 } });
    await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  const good = buildTransferFile({
    orders: [buildOrderRow(1), buildOrderRow(2), buildOrderRow(3)],
    events: [buildEventRow(1, 1), buildEventRow(5, 2)],
  });
  const [first = '', second = '', third = ''] = good.slice(2, 5);
  const put = (number: number, ...lines: string[]) => joinLines(good.toSpliced(number - 1, 1, ...lines));
  const changed = (from: string, to: string) => joinLines(good).replace(from, to);

  test.each<[string, string, RegExp]>([
    ['an empty file', '', /^line 1: the file is not an export$/],
    ['a file of something else', '{"orders":[]}\n', /^line 1: the file is not an export$/],
    [
      'a file of another version',
      changed('"version":1', '"version":2'),
      /^line 1: the file has version 2; supported: 1$/,
    ],
    ['a header that was changed', changed('"sqlite"', '"oracle"'), /^line 1: the file is not an export$/],
    ['a file without its footer', joinLines(good.slice(0, -1)), /^line 17: the file is truncated$/],
    ['a file without its end', joinLines(good.slice(0, 9)), /^line 10: the file is truncated$/],
    ['a file that ends within a line', joinLines(good).slice(0, 900), /^line \d: the file is truncated$/],
    ['a last line without its end', joinLines(good).slice(0, -1), /^line 17: the file is truncated$/],
    [
      'a text that was changed',
      changed('customer-1', 'customer-2'),
      /^line 17: counts or checksums differ: the rows of orders or the footer were changed$/,
    ],
    [
      'a number that was changed',
      changed('"id":5}', '"id":6}'),
      /^line 17: counts or checksums differ: the rows of last_ids or the footer were changed$/,
    ],
    [
      'a checksum that was changed',
      changed('"sha256":"', '"sha256":"0'),
      /^line 17: counts or checksums differ: the rows of orders or the footer were changed$/,
    ],
    [
      'more in the footer',
      changed('{"end":{', '{"end":{"more":{"rows":1,"sha256":""},'),
      /^line 17: the footer is not as an export writes it/,
    ],
    [
      'a row that is missing',
      put(5),
      /^line 16: counts or checksums differ: the rows of orders or the footer were changed$/,
    ],
    [
      'rows that were swapped',
      joinLines(good.toSpliced(3, 2, third, second)),
      /^line 5: the id of orders does not increase$/,
    ],
    ['a row that comes twice', put(3, first, first), /^line 4: the id of orders does not increase$/],
    ['a row of another table', put(3, JSON.stringify(buildEventRow(1, 1))), /^line 3: not a row of orders: id: /],
    ['a line that is no JSON', put(4, 'nonsense'), /^line 4: not a row of orders: Invalid input/],
    ['a line that is no text', put(4, 'x').replace('x', '\u0000'), /^line 4: not a row of orders/],
    ['an empty line', put(4, ''), /^line 4: not a row of orders/],
    ['a number that would be rounded', put(4, second.replace('2500', '9007199254740993')), /^line 4: .* total: /],
    [
      'a name that comes twice',
      put(4, second.replace('"note"', '"id":2,"note"')),
      /^line 4: .* not written as an export writes it/,
    ],
    ['a value that is missing', put(4, second.replace('"note":null,', '')), /^line 4: not a row of orders: note: /],
    ['a column that there is not', put(4, second.replace('{', '{"admin":1,')), /^line 4: .*Unrecognized key: "admin"/],
    ['a time that is none', put(4, second.replace('T10:15:30.120Z', '')), /^line 4: .* created_at: /],
    ['JSON that is none', put(4, second.replace('"{}"', '"{"')), /^line 4: .* metadata: must be JSON$/],
    ['a table that is missing', joinLines(good.toSpliced(5, 1)), /^line 6: expected the rows of validation_runs$/],
    ['a table that there is not', put(6, '{"table":"users"}'), /^line 6: expected the rows of validation_runs$/],
    [
      'a last id below that of a row',
      put(14, '{"name":"events","id":4}'),
      /^line 14: events has rows with larger ids$/,
    ],
    ['a last id of nobody', put(14, '{"name":"orders","id":4}'), /^line 14: expected the last id of events$/],
    ['last ids that are missing', put(16), /^line 16: the last id of webhook_deliveries is missing$/],
    ['something after the end without an end', `${joinLines(good)}{`, /^line 18: the file is truncated$/],
    ['something after the end', `${joinLines(good)}{}\n`, /^line 18: unexpected line after the footer$/],
    [
      'rows that the database refuses',
      joinLines(buildTransferFile({ orders: [buildOrderRow(1), buildOrderRow(2, { status: 'LOST' })] })),
      /^lines 3 to 4: the database rejects these rows of orders: .*constraint/i,
    ],
    [
      'a reference that comes twice',
      joinLines(buildTransferFile({ orders: [buildOrderRow(1), buildOrderRow(2, { reference: 'PO-1' })] })),
      /^lines 3 to 4: the database rejects these rows of orders: .*unique/i,
    ],
    ['events of no order', joinLines(buildTransferFile({ events: [buildEventRow(1, 1)] })), /foreign key constraint/i],
  ])('%s', async (_, content, message) => {
    await expect(importText(store, content)).rejects.toThrow(message);
    expect(await countRows(store)).toBe(0);
  });

  test.each<[string, Buffer, RegExp]>([
    ['is cut off', gzipSync(joinLines(large)).subarray(0, -20_000), /^line \d+: the file is truncated or damaged/],
    ['lacks its last bytes', gzipSync(joinLines(good)).subarray(0, -4), /^line \d+: the file is truncated or damaged/],
    ['has a byte that was changed', withOtherByte(gzipSync(joinLines(large))), /^line \d+: /],
    ['is not compressed', Buffer.from(joinLines(good)), /^line 1: the file is truncated or damaged \(incorrect header/],
  ])('a compressed file that %s', async (_, content, message) => {
    await expect(importText(store, content)).rejects.toThrow(message);
    expect(await countRows(store)).toBe(0);
  });

  test('a file whose import is stopped when most is written', async () => {
    const stopping = new AbortController();
    const report = (step: string, section: string) => {
      if (step === 'checked' && section === 'events') stopping.abort();
    };
    await expect(importText(store, joinLines(large), { report, stop: stopping.signal })).rejects.toThrow('aborted');
    expect(await countRows(store)).toBe(0);
  });

  test('a file that the database does not keep as it is', async () => {
    const { transfer } = store;
    const forgetful = { ...store, transfer: { ...transfer, insert: transfer.insert, restartIds: async () => {} } };
    await expect(importText(forgetful, joinLines(large))).rejects.toThrow(
      'the database returns other rows of last_ids than were imported',
    );
    expect(await countRows(store)).toBe(0);
  });
});

/** In the midst, where the checksum alone can tell. */
function withOtherByte(content: Buffer): Buffer {
  const middle = Math.floor(content.length / 2);
  content[middle] = (content[middle] ?? 0) ^ 1;
  return content;
}

describe('an export', () => {
  test('is a file for its owner alone, compressed where its name says so', async () => {
    await using database = await createTemporaryDatabase();
    await using store = await openTestStore(database.url);
    await importText(store, joinLines(large));
    await using folder = await createTemporaryFolder();
    await exportDatabase(join(folder.path, 'a.jsonl'), store, silentOptions);
    await exportDatabase(join(folder.path, 'a.jsonl.gz'), store, silentOptions);
    const plain = await readFile(join(folder.path, 'a.jsonl'), 'utf8');
    expect(gunzipSync(await readFile(join(folder.path, 'a.jsonl.gz'))).toString()).toBe(plain);
    expect((await stat(join(folder.path, 'a.jsonl'))).mode & 0o777).toBe(0o600);
    expect(await readdir(folder.path)).toEqual(['a.jsonl', 'a.jsonl.gz']);
    await expect(exportDatabase(join(folder.path, 'a.jsonl'), store, silentOptions)).rejects.toThrow(
      /a\.jsonl already exists$/,
    );
  });

  test('into a folder that is not there says so', async () => {
    await using database = await createTemporaryDatabase();
    await using store = await openTestStore(database.url);
    await expect(exportDatabase('/nowhere/a.jsonl', store, silentOptions)).rejects.toThrow(/^ENOENT: /);
  });

  test('that is stopped leaves no file', async () => {
    await using database = await createTemporaryDatabase();
    await using store = await openTestStore(database.url);
    await importText(store, joinLines(large));
    await using folder = await createTemporaryFolder();
    const stopping = new AbortController();
    const stopped = exportDatabase(join(folder.path, 'a.jsonl'), store, {
      report: (_, section) => section === 'events' && stopping.abort(),
      stop: stopping.signal,
    });
    await expect(stopped).rejects.toThrow('aborted');
    expect(await readdir(folder.path)).toEqual([]);
  });
});

test('lines are told apart wherever the bytes come apart', async () => {
  const bytes = Buffer.from('ü\n\n🫖🫖\u2028x\r\n');
  async function* apart() {
    for (const byte of bytes) yield Buffer.from([byte]);
  }
  const reader = new LineReader(apart());
  const lines = [await reader.next(), await reader.next(), await reader.next(), await reader.next()];
  expect(lines).toEqual(['ü', '', '🫖🫖\u2028x\r', undefined]);
});

test('progress is told once a second at the most, in one line of a terminal', () => {
  const clock = { now: 5_000 };
  const written: string[] = [];
  const progress = new Progress({ write: (line) => written.push(line), isTTY: true }, () => clock.now);
  for (const _ of upTo(25)) {
    clock.now += 100;
    progress.report('read', 'orders', 200);
  }
  progress.end();
  const lines = ['orders: read 2,000 rows, 2,222 a second', 'orders: read 4,000 rows, 2,105 a second', ''];
  expect(written).toEqual(lines.map((line) => `\r\u001b[K${line}`));
});

const root = fileURLToPath(new URL('../../', import.meta.url));

type Ending = { code: number; stdout: string; stderr: string };

/** Runs a command as the script of that name does, with the arguments that npm hands on. */
function run(command: 'export' | 'import', args: string[], environment: Record<string, string>): Promise<Ending> {
  const [argv = ''] = /(?<=exec node ).*/.exec(packageJson.scripts[command]) ?? [];
  const env = { PATH: process.env.PATH, ...environment };
  return promisify(execFile)(process.execPath, [...argv.split(' '), ...args], { cwd: root, env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: Ending) => ({ code, stdout, stderr }),
  );
}

describe('the commands', () => {
  test('carry a database, and say counts and checksums', async () => {
    await using source = await createTemporaryDatabase();
    await using target = await createTemporaryDatabase();
    await using folder = await createTemporaryFolder();
    await folder.write('a.jsonl', joinLines(large));
    const other = { PORT: 'nonsense', JWT_SECRET: 'short' };
    const first = await run('import', [join(folder.path, 'a.jsonl')], { DATABASE_URL: source.url, ...other });
    const file = join(folder.path, 'b.jsonl.gz');
    const second = await run('export', [file], { DATABASE_URL: source.url, ...other });
    const third = await run('import', [file], { DATABASE_URL: target.url, ...other });
    for (const { code, stdout, stderr } of [first, second, third]) {
      expect([code, stdout]).toEqual([0, first.stdout]);
      // How far it has come is said after a second, which it may take.
      expect(stderr).toMatch(/^(\w+: \w+ [\d,]+ rows, [\d,]+ a second\n)*$/);
    }
    expect(first.stdout).toMatch(/^orders +1,602 rows {2}[0-9a-f]{64}\nvalidation_runs +0 rows {2}/);
  });

  test.each<[string, 'export' | 'import', string[], Record<string, string>, RegExp]>([
    ['no file', 'export', [], {}, /^cannot export: usage: npm run export -- FILE\n$/],
    ['a file that is not there', 'import', ['/nowhere/a'], {}, /^cannot import: ENOENT: .*\n$/],
    [
      'a database that is not there',
      'export',
      ['a'],
      { DATABASE_URL: 'sqlite:/nowhere/a.db' },
      /no database \/nowhere/,
    ],
    ['a URL that is none', 'import', ['a'], { DATABASE_URL: 'mysql://a' }, /^cannot import: DATABASE_URL: must name/],
  ])('refuse %s in one line', async (_, command, args, environment, message) => {
    const { code, stdout, stderr } = await run(command, args, environment);
    expect({ code, stdout, lines: stderr.split('\n').length }).toEqual({ code: 1, stdout: '', lines: 2 });
    expect(stderr).toMatch(message);
  });

  test.each<[NodeJS.Signals, RegExp]>([
    ['SIGKILL', /^$/],
    ['SIGINT', /^cannot import: it was stopped, and nothing has changed\n$/],
  ])('leave nothing behind when they are ended by %s in the midst', async (signal, message) => {
    await using target = await createTemporaryDatabase();
    await using folder = await createTemporaryFolder();
    const path = join(folder.path, 'pipe');
    await promisify(execFile)('mkfifo', [path]);
    const argv = ['server/cli/transfer.ts', 'import', path];
    const child = spawn(process.execPath, argv, { cwd: root, env: { DATABASE_URL: target.url } });
    const said = text(child.stderr);
    const end = once(child, 'exit');
    {
      await using pipe = await open(path, 'w');
      // More than a pipe holds: when it is written, most of it has been read.
      await writeFile(pipe, joinLines(large.slice(0, -200)));
      child.kill(signal);
    }
    expect((await end)[0]).toBe(signal === 'SIGKILL' ? null : 1);
    expect(await said).toMatch(message);
    await using store = await openTestStore(target.url);
    expect(await countRows(store)).toBe(0);
  });
});

// Export and import of a database: a round trip changes no byte, and an import of a damaged file changes nothing.

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../../server/database/store.ts';
import { exportDatabase } from '../../server/database/transfer/export.ts';
import { LineReader } from '../../server/database/transfer/line-reader.ts';
import { Progress } from '../../server/database/transfer/progress.ts';
import { createTemporaryDatabase, type TestDatabase } from '../kit/database/database.ts';
import { openTestStore } from '../kit/database/store.ts';
import {
  buildEventRow,
  buildOrderRow,
  buildTransferFile,
  countRows,
  exportText,
  importText,
  joinLines,
  silentOptions,
} from '../kit/database/transfer-file.ts';
import { listNumbers } from '../kit/events/events.ts';
import { createTemporaryFolder } from '../kit/folder.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { startTestApp } from '../kit/service/app.ts';
import { runTransferCommand, spawnTransferCommand } from '../kit/service/transfer-command.ts';

const unusualTexts = [
  'emoji 🫖 and ü',
  'lines\n\r\u2028\u2029and\ttabs',
  '"quotes" \\ and \u007f\u0001',
  '',
  ' ',
  '{}',
  'null',
];
const manyLines = JSON.stringify(
  listNumbers(1, 100).map((id) => ({ unitPrice: 1, productId: `p${id}`, quantity: id })),
);

/** So large that it is read and written in several batches. */
const largeFile = buildTransferFile(
  {
    orders: [
      ...listNumbers(1, 1_600).map((id) => buildOrderRow(id, { note: unusualTexts[id % unusualTexts.length] })),
      buildOrderRow(2_000, { total: Number.MAX_SAFE_INTEGER, items: manyLines, metadata: '{"zz": "1","a":"2"}' }),
      buildOrderRow(Number.MAX_SAFE_INTEGER - 1, { rejection: 'null', note: 'x'.repeat(300_000) }),
    ],
    events: listNumbers(1, 1_600).map((id) => buildEventRow(3 * id, id)),
  },
  { events: 9_000, webhooks: 7, webhook_deliveries: 70 },
);

describe('a round trip', () => {
  test('an export of an imported file equals the file', async () => {
    await using database = await createTemporaryDatabase();
    await using store = await openTestStore(database.url);
    const totals = await importText(store, joinLines(largeFile));
    expect(totals).toMatchObject({ orders: { rows: 1_602 }, events: { rows: 1_600 }, last_ids: { rows: 3 } });
    expect((await exportText(store)).split('\n').slice(1)).toEqual([...largeFile.slice(1), '']);
  });

  test('an export reads one snapshot while other transactions write', async () => {
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
    ['only a webhook', (store) => importText(store, joinLines(buildTransferFile({ webhooks: [webhookRow] })))],
  ])('an import into a database with %s fails and changes nothing', async (_, fill) => {
    await using database = await createTemporaryDatabase();
    await using store = await openTestStore(database.url);
    await fill(store);
    const before = await exportText(store);
    await expect(importText(store, joinLines(largeFile))).rejects.toThrow('the database is not empty: it contains ');
    expect(await exportText(store)).toBe(before);
  });
});

const webhookRow = {
  ...{ id: 1, url: 'https://a.example/', types: '["order.approved"]', description: null, secret: 'whsec_x' },
  ...{ former_secret: null, former_secret_until: null, pause_reason: null, paused_at: null, position: 0 },
  ...{ failing_delivery_id: null, failures: 0, failing_since: null, due_at_ms: 0, fence: 3, created_by: 'ann' },
  ...{ created_at: '2026-05-04T10:15:30.120Z', updated_at: '2026-05-04T10:15:30.120Z' },
};

describe('an import that fails', () => {
  let database: TestDatabase;
  let store: Store;
  beforeAll(async () => {
    database = await createTemporaryDatabase();
    store = await openTestStore(database.url);
  });
  afterAll(async () => {
    expect(await importText(store, joinLines(largeFile))).toMatchObject({ orders: { rows: 1_602 } });
    await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  const validLines = buildTransferFile({
    orders: [buildOrderRow(1), buildOrderRow(2), buildOrderRow(3)],
    events: [buildEventRow(1, 1), buildEventRow(5, 2)],
  });
  const [first = '', second = '', third = ''] = validLines.slice(2, 5);
  const replaceLine = (number: number, ...lines: string[]) => joinLines(validLines.toSpliced(number - 1, 1, ...lines));
  const replaceText = (from: string, to: string) => joinLines(validLines).replace(from, to);

  test.each<[string, string, RegExp]>([
    ['an empty file', '', /^line 1: the file is not an export$/],
    ['a file of another format', '{"orders":[]}\n', /^line 1: the file is not an export$/],
    [
      'a file of another version',
      replaceText('"version":3', '"version":4'),
      /^line 1: the file has version 4; supported: 3$/,
    ],
    ['a changed header', replaceText('"sqlite"', '"oracle"'), /^line 1: the file is not an export$/],
    ['a file without its footer', joinLines(validLines.slice(0, -1)), /^line 17: the file is truncated$/],
    ['a file without its last lines', joinLines(validLines.slice(0, 9)), /^line 10: the file is truncated$/],
    ['a file that ends within a line', joinLines(validLines).slice(0, 900), /^line \d: the file is truncated$/],
    ['a last line without a line break', joinLines(validLines).slice(0, -1), /^line 17: the file is truncated$/],
    [
      'a changed text',
      replaceText('customer-1', 'customer-2'),
      /^line 17: counts or checksums differ: the rows of orders or the footer were changed$/,
    ],
    [
      'a changed number',
      replaceText('"id":5}', '"id":6}'),
      /^line 17: counts or checksums differ: the rows of last_ids or the footer were changed$/,
    ],
    [
      'a changed checksum',
      replaceText('"sha256":"', '"sha256":"0'),
      /^line 17: counts or checksums differ: the rows of orders or the footer were changed$/,
    ],
    [
      'an additional section in the footer',
      replaceText('{"end":{', '{"end":{"more":{"rows":1,"sha256":""},'),
      /^line 17: the footer is not as an export writes it/,
    ],
    [
      'a missing row',
      replaceLine(5),
      /^line 16: counts or checksums differ: the rows of orders or the footer were changed$/,
    ],
    [
      'swapped rows',
      joinLines(validLines.toSpliced(3, 2, third, second)),
      /^line 5: the id of orders does not increase$/,
    ],
    ['a duplicate row', replaceLine(3, first, first), /^line 4: the id of orders does not increase$/],
    [
      'a row of another table',
      replaceLine(3, JSON.stringify(buildEventRow(1, 1))),
      /^line 3: not a row of orders: id: /,
    ],
    ['a line that is not JSON', replaceLine(4, 'nonsense'), /^line 4: not a row of orders: Invalid input/],
    ['a line with a NUL character', replaceLine(4, 'x').replace('x', '\u0000'), /^line 4: not a row of orders/],
    ['an empty line', replaceLine(4, ''), /^line 4: not a row of orders/],
    [
      'a number that would be rounded',
      replaceLine(4, second.replace('2500', '9007199254740993')),
      /^line 4: .* total: /,
    ],
    [
      'a duplicate member',
      replaceLine(4, second.replace('"note"', '"id":2,"note"')),
      /^line 4: .* not written as an export writes it/,
    ],
    ['a missing member', replaceLine(4, second.replace('"note":null,', '')), /^line 4: not a row of orders: note: /],
    ['an unknown column', replaceLine(4, second.replace('{', '{"admin":1,')), /^line 4: .*Unrecognized key: "admin"/],
    ['an invalid timestamp', replaceLine(4, second.replace('T10:15:30.120Z', '')), /^line 4: .* created_at: /],
    [
      'a JSON column with invalid JSON',
      replaceLine(4, second.replace('"{}"', '"{"')),
      /^line 4: .* metadata: must be JSON$/,
    ],
    ['a missing table', joinLines(validLines.toSpliced(5, 1)), /^line 6: expected the rows of validation_runs$/],
    ['an unknown table', replaceLine(6, '{"table":"users"}'), /^line 6: expected the rows of validation_runs$/],
    [
      'a last id below that of a row',
      replaceLine(14, '{"name":"events","id":4}'),
      /^line 14: events has rows with larger ids$/,
    ],
    [
      'a last id of a table without one',
      replaceLine(14, '{"name":"orders","id":4}'),
      /^line 14: expected the last id of events$/,
    ],
    ['a missing last id', replaceLine(16), /^line 16: the last id of webhook_deliveries is missing$/],
    ['an incomplete line after the footer', `${joinLines(validLines)}{`, /^line 18: the file is truncated$/],
    ['a line after the footer', `${joinLines(validLines)}{}\n`, /^line 18: unexpected line after the footer$/],
    [
      'rows that violate a constraint',
      joinLines(buildTransferFile({ orders: [buildOrderRow(1), buildOrderRow(2, { status: 'LOST' })] })),
      /^lines 3 to 4: the database rejects these rows of orders: .*constraint/i,
    ],
    [
      'a duplicate reference',
      joinLines(buildTransferFile({ orders: [buildOrderRow(1), buildOrderRow(2, { reference: 'PO-1' })] })),
      /^lines 3 to 4: the database rejects these rows of orders: .*unique/i,
    ],
    [
      'an event without an order',
      joinLines(buildTransferFile({ events: [buildEventRow(1, 1)] })),
      /foreign key constraint/i,
    ],
  ])('an import of a file with %s fails and changes nothing', async (_, content, message) => {
    await expect(importText(store, content)).rejects.toThrow(message);
    expect(await countRows(store)).toBe(0);
  });

  test.each<[string, Buffer, RegExp]>([
    [
      'is truncated',
      gzipSync(joinLines(largeFile)).subarray(0, -20_000),
      /^line \d+: the file is truncated or damaged/,
    ],
    [
      'lacks its last bytes',
      gzipSync(joinLines(validLines)).subarray(0, -4),
      /^line \d+: the file is truncated or damaged/,
    ],
    ['has a changed byte', changeMiddleByte(gzipSync(joinLines(largeFile))), /^line \d+: /],
    [
      'is not compressed',
      Buffer.from(joinLines(validLines)),
      /^line 1: the file is truncated or damaged \(incorrect header/,
    ],
  ])('an import of a compressed file that %s changes nothing', async (_, content, message) => {
    await expect(importText(store, content)).rejects.toThrow(message);
    expect(await countRows(store)).toBe(0);
  });

  test('an import that is stopped when most rows are written changes nothing', async () => {
    const stopping = new AbortController();
    const report = (step: string, section: string) => {
      if (step === 'checked' && section === 'events') stopping.abort();
    };
    await expect(importText(store, joinLines(largeFile), { report, stop: stopping.signal })).rejects.toThrow('aborted');
    expect(await countRows(store)).toBe(0);
  });

  test('an import fails if the rows in the database differ from the file', async () => {
    const { transfer } = store;
    const faultyStore = { ...store, transfer: { ...transfer, insert: transfer.insert, restartIds: async () => {} } };
    await expect(importText(faultyStore, joinLines(largeFile))).rejects.toThrow(
      'rows of last_ids read back from the database differ from the file',
    );
    expect(await countRows(store)).toBe(0);
  });
});

/** Changes a byte in the middle, which only the checksum detects. */
function changeMiddleByte(content: Buffer): Buffer {
  const middle = Math.floor(content.length / 2);
  content[middle] = (content[middle] ?? 0) ^ 1;
  return content;
}

describe('an export', () => {
  test('an export file is readable by its owner only and is compressed if its name ends with .gz', async () => {
    await using database = await createTemporaryDatabase();
    await using store = await openTestStore(database.url);
    await importText(store, joinLines(largeFile));
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

  test('an export into a missing folder fails with ENOENT', async () => {
    await using database = await createTemporaryDatabase();
    await using store = await openTestStore(database.url);
    await expect(exportDatabase('/nowhere/a.jsonl', store, silentOptions)).rejects.toThrow(/^ENOENT: /);
  });

  test('an export that is stopped leaves no file', async () => {
    await using database = await createTemporaryDatabase();
    await using store = await openTestStore(database.url);
    await importText(store, joinLines(largeFile));
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

test('lines are parsed correctly when every byte arrives separately', async () => {
  const bytes = Buffer.from('ü\n\n🫖🫖\u2028x\r\n');
  async function* splitBytes() {
    for (const byte of bytes) yield Buffer.from([byte]);
  }
  const reader = new LineReader(splitBytes());
  const lines = [await reader.next(), await reader.next(), await reader.next(), await reader.next()];
  expect(lines).toEqual(['ü', '', '🫖🫖\u2028x\r', undefined]);
});

test('progress is written at most once a second, in one line of a terminal', () => {
  const clock = { now: 5_000 };
  const written: string[] = [];
  const progress = new Progress({ write: (line) => written.push(line), isTTY: true }, () => clock.now);
  for (const _ of listNumbers(1, 25)) {
    clock.now += 100;
    progress.report('read', 'orders', 200);
  }
  progress.end();
  const lines = ['orders: read 2,000 rows, 2,222 a second', 'orders: read 4,000 rows, 2,105 a second', ''];
  expect(written).toEqual(lines.map((line) => `\r\u001b[K${line}`));
});

describe('the export and import commands', () => {
  test('export and import write the row counts and checksums to stdout', async () => {
    await using source = await createTemporaryDatabase();
    await using target = await createTemporaryDatabase();
    await using folder = await createTemporaryFolder();
    {
      await using store = await openTestStore(source.url);
      await importText(store, joinLines(largeFile));
    }
    const unrelated = { PORT: 'nonsense', JWT_SECRET: 'short' };
    const file = join(folder.path, 'a.jsonl.gz');
    const first = await runTransferCommand('export', [file], { DATABASE_URL: source.url, ...unrelated });
    const second = await runTransferCommand('import', [file], { DATABASE_URL: target.url, ...unrelated });
    for (const { code, stdout, stderr } of [first, second]) {
      expect([code, stdout]).toEqual([0, first.stdout]);
      // Progress is written if the command takes longer than a second.
      expect(stderr).toMatch(/^(\w+: \w+ [\d,]+ rows, [\d,]+ a second\n)*$/);
    }
    expect(first.stdout).toMatch(/^orders +1,602 rows {2}[0-9a-f]{64}\nvalidation_runs +0 rows {2}/);
  });

  test.each<[NodeJS.Signals, RegExp]>([
    ['SIGKILL', /^$/],
    ['SIGINT', /^cannot import: the import was interrupted; nothing was changed\n$/],
  ])('an import that is ended by %s changes nothing', async (signal, message) => {
    await using target = await createTemporaryDatabase();
    await using folder = await createTemporaryFolder();
    const path = join(folder.path, 'pipe');
    await promisify(execFile)('mkfifo', [path]);
    const child = spawnTransferCommand('import', [path], { DATABASE_URL: target.url });
    const stderr = text(child.stderr);
    const exit = once(child, 'exit');
    {
      await using pipe = await open(path, 'w');
      // The text is larger than the buffer of the pipe: after the write, the import has read most of it.
      await writeFile(pipe, joinLines(largeFile.slice(0, -200)));
      child.kill(signal);
    }
    expect((await exit)[0]).toBe(signal === 'SIGKILL' ? null : 1);
    // An import that takes longer than a second also reports its progress.
    const withoutProgress = (await stderr).replaceAll(/^\w+: \w+ .* rows, .* a second\n/gm, '');
    expect(withoutProgress).toMatch(message);
    await using store = await openTestStore(target.url);
    expect(await countRows(store)).toBe(0);
  });
});

// Exports and imports of a SQLite file that is in use or whose disk becomes full.

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openTestStore } from '../kit/database/store.ts';
import {
  buildOrderRow,
  buildTransferFile,
  countRows,
  exportText,
  importText,
  joinLines,
} from '../kit/database/transfer-file.ts';
import { createTemporaryFolder } from '../kit/folder.ts';
import { startTestApp } from '../kit/service/app.ts';

const many = joinLines(
  buildTransferFile({
    orders: Array.from({ length: 3_000 }, (_, index) => buildOrderRow(index + 1, { note: 'x'.repeat(1_000) })),
  }),
);

test('a file that a running service uses cannot be exported or imported into', async () => {
  await using app = await startTestApp();
  await expect(openTestStore(app.config.databaseUrl)).rejects.toThrow(
    /^DATABASE_URL: another process is using .*; stop it first$/,
  );
});

test('an import that fills the disk is rolled back completely, and the database remains usable', async () => {
  await using folder = await createTemporaryFolder();
  await using store = await openTestStore(`sqlite:${join(folder.path, 'orders.db')}`);
  await store.pragma(`max_page_count = ${Number(await store.pragma('page_count')) + 100}`);
  await expect(importText(store, many)).rejects.toThrow('database or disk is full');
  expect(await countRows(store)).toBe(0);
  await store.pragma('max_page_count = 1000000');
  await importText(store, many);
  expect((await exportText(store)).length).toBe(many.length);
});

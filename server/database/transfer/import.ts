// Fills an empty database from a file, in one transaction: with all of it, read back and compared, or with nothing.

import { createReadStream } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { addAbortSignal, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Kysely, sql } from 'kysely';
import { StartupError } from '../../shared/startup-error.ts';
import type { Store } from '../store.ts';
import type { Tables } from '../tables.ts';
import { Checksums } from './checksums.ts';
import { createFileError, findDifferences, type Totals } from './file-format.ts';
import { Importer } from './importer.ts';
import { LineReader } from './line-reader.ts';
import type { TransferOptions } from './progress.ts';
import { readSections } from './read-rows.ts';
import { transferTables } from './transfer-tables.ts';

const chunkBytes = 2 ** 18;

/** @throws Error there is no file at `path` that can be read: to be found out before a database is made for it */
export async function assertReadable(path: string): Promise<void> {
  await access(path, constants.R_OK);
}

/**
 * Imports the file at `path`, decompressed where its name ends in `.gz`.
 * @throws StartError the database is not empty, the file is not as it was written, with the number of the line, or the
 * database has not kept what was in it
 */
export function importDatabase(path: string, store: Store, options: TransferOptions): Promise<Totals> {
  return store.transaction(async (em) => {
    const transaction = em.getKysely<Tables>();
    await store.transfer.prepare(transaction);
    await assertEmpty(transaction);
    const totals = await takeIn(path, transaction, store, options);
    await compare(totals, transaction, store, options);
    return totals;
  });
}

async function assertEmpty(transaction: Kysely<Tables>): Promise<void> {
  for (const { name } of transferTables) {
    const { rows } = await sql`select 1 from ${sql.table(name)} limit 1`.execute(transaction);
    if (rows.length > 0) throw new StartupError([`the database is not empty: it has ${name} already`]);
  }
}

/** Whatever fails, nothing more is written once this has ended: so the end of the streams is left to their reader. */
async function takeIn(
  path: string,
  transaction: Kysely<Tables>,
  { transfer }: Store,
  { report, stop }: TransferOptions,
): Promise<Totals> {
  const bytes = openBytes(path, stop);
  const lines = new LineReader(bytes);
  try {
    return await new Importer({ lines, transaction, transfer, report }).run();
  } catch (error) {
    if (!isDamage(error)) throw error;
    throw createFileError(lines.number, `the file is cut off or damaged (${error.message})`, { cause: error });
  } finally {
    bytes.destroy();
  }
}

/** What goes wrong with the file is told to whoever reads from what is answered. */
function openBytes(path: string, stop: AbortSignal): Readable {
  const file = createReadStream(path, { highWaterMark: chunkBytes });
  if (!path.endsWith('.gz')) return addAbortSignal(stop, file);
  const unpacking = createGunzip({ chunkSize: chunkBytes });
  pipeline(file, unpacking, { signal: stop }).catch(() => {});
  return unpacking;
}

/** Whether what was compressed cannot be read any more. */
function isDamage(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^Z_(BUF|DATA)_ERROR$/.test(String(error.code));
}

/** Reads back what was written, as an export would, before it is committed. */
async function compare(
  totals: Totals,
  transaction: Kysely<Tables>,
  { transfer }: Store,
  { report, stop }: TransferOptions,
): Promise<void> {
  const checksums = new Checksums();
  for await (const { section, lines } of readSections(transaction, transfer, stop)) {
    checksums.add(section, lines);
    report('checked', section, lines.length);
  }
  const lost = findDifferences(totals, checksums.totals);
  if (lost.length > 0)
    throw new StartupError(lost.map((name) => `the database has not kept ${name} as they were given`));
}

// Fills an empty database from an export file in one transaction: everything is imported, read back and compared, or
// nothing is.

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

/**
 * Fails early, before a database is created for the import.
 * @throws Error the file does not exist or is not readable
 */
export async function assertReadable(path: string): Promise<void> {
  await access(path, constants.R_OK);
}

/**
 * Imports a file, decompressed if its name ends in `.gz`.
 * @throws StartupError the database is not empty, the file is not as it was written (with the line number), or the
 *   database returns other rows than were inserted
 */
export function importDatabase(path: string, store: Store, options: TransferOptions): Promise<Totals> {
  return store.transaction(async (em) => {
    const transaction = em.getKysely<Tables>();
    await store.transfer.prepare(transaction);
    await assertEmpty(transaction);
    const totals = await importFile(path, transaction, store, options);
    await compareWithDatabase(totals, transaction, store, options);
    return totals;
  });
}

async function assertEmpty(transaction: Kysely<Tables>): Promise<void> {
  for (const { name } of transferTables) {
    const { rows } = await sql`select 1 from ${sql.table(name)} limit 1`.execute(transaction);
    if (rows.length > 0) throw new StartupError([`the database is not empty: it contains ${name}`]);
  }
}

/** After a failure the reader closes the streams, so that nothing is written after the rollback. */
async function importFile(
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
    if (!isCompressionError(error)) throw error;
    throw createFileError(lines.number, `the file is truncated or damaged (${error.message})`, { cause: error });
  } finally {
    bytes.destroy();
  }
}

/** Errors of the file reach the consumer of the returned stream. */
function openBytes(path: string, stop: AbortSignal): Readable {
  const file = createReadStream(path, { highWaterMark: chunkBytes });
  if (!path.endsWith('.gz')) return addAbortSignal(stop, file);
  const gunzip = createGunzip({ chunkSize: chunkBytes });
  pipeline(file, gunzip, { signal: stop }).catch(() => {});
  return gunzip;
}

/** Whether the error means that the compressed data is damaged. */
function isCompressionError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^Z_(BUF|DATA)_ERROR$/.test(String(error.code));
}

/** Reads the imported rows back, as an export would, before the commit. */
async function compareWithDatabase(
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
  const differences = findDifferences(totals, checksums.totals);
  if (differences.length > 0)
    throw new StartupError(
      differences.map((name) => `rows of ${name} read back from the database differ from the file`),
    );
}

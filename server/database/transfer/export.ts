// Writes a consistent snapshot of a database to a file. The file gets its final name only when it is complete.

import { createWriteStream, existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { StartupError } from '../../shared/startup-error.ts';
import type { Store } from '../store.ts';
import { Checksums } from './checksums.ts';
import { formatFooterLine, formatHeaderLine, formatSectionLine, type Totals } from './file-format.ts';
import type { TransferOptions } from './progress.ts';
import { readSections } from './read-rows.ts';

/** The file contains webhook secrets and stored responses. */
const ownerOnlyMode = 0o600;

/** The fastest gzip level: higher levels take longer than the database. */
const compression = { level: 1 };

/**
 * Exports a database to a new file, compressed if its name ends in `.gz`.
 * @throws StartupError the file exists already
 */
export async function exportDatabase(path: string, store: Store, options: TransferOptions): Promise<Totals> {
  if (existsSync(path)) throw new StartupError([`${path} already exists`]);
  const unfinished = `${path}.${process.pid}.unfinished`;
  const checksums = new Checksums();
  await using cleaning = new AsyncDisposableStack();
  cleaning.defer(() => rm(unfinished, { force: true }));
  await store.transfer.snapshot(async (reader) => {
    const text = generateText(reader, store, checksums, options);
    const file = createWriteStream(unfinished, { flags: 'wx', mode: ownerOnlyMode, flush: true });
    if (path.endsWith('.gz')) await pipeline(text, createGzip(compression), file, { signal: options.stop });
    else await pipeline(text, file, { signal: options.stop });
  });
  await rename(unfinished, path);
  await syncFolder(path);
  return checksums.totals;
}

type Reader = Parameters<typeof readSections>[0];

async function* generateText(
  reader: Reader,
  { transfer }: Store,
  checksums: Checksums,
  { report, stop }: TransferOptions,
) {
  yield `${formatHeaderLine(transfer.kind)}\n`;
  for await (const { section, lines } of readSections(reader, transfer, stop)) {
    if (!checksums.has(section)) yield `${formatSectionLine(section)}\n`;
    const text = checksums.add(section, lines);
    if (text !== '') yield text;
    report('read', section, lines.length);
  }
  yield `${formatFooterLine(checksums.totals)}\n`;
}

/** Syncs the folder, so that the file name survives a power loss. */
async function syncFolder(path: string): Promise<void> {
  await using folder = await open(dirname(path));
  await folder.sync();
}

// Writes what a database has at one moment into a file, which is there under its name only when it is whole.

import { createWriteStream, existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { StartError } from '../../shared/startup-error.ts';
import type { Store } from '../store.ts';
import { Tally } from './checksums.ts';
import { footerLine, headerLine, sectionLine, type Totals } from './file-format.ts';
import type { MoveOptions } from './progress.ts';
import { contentsOf } from './read-rows.ts';

/** The secrets of webhooks are in it, and answers that are kept. */
const ownerAlone = 0o600;

/** Of the levels of gzip the fastest: others take longer than the database. */
const compression = { level: 1 };

/**
 * Exports a database to a new file at `path`, compressed where its name ends in `.gz`.
 * @throws StartError there is such a file already
 */
export async function exportTo(path: string, store: Store, options: MoveOptions): Promise<Totals> {
  if (existsSync(path)) throw new StartError([`${path} is there already`]);
  const unfinished = `${path}.${process.pid}.unfinished`;
  const tally = new Tally();
  await using cleaning = new AsyncDisposableStack();
  cleaning.defer(() => rm(unfinished, { force: true }));
  await store.moving.snapshot(async (reader) => {
    const text = textOf(reader, store, tally, options);
    const file = createWriteStream(unfinished, { flags: 'wx', mode: ownerAlone, flush: true });
    if (path.endsWith('.gz')) await pipeline(text, createGzip(compression), file, { signal: options.stop });
    else await pipeline(text, file, { signal: options.stop });
  });
  await rename(unfinished, path);
  await keepName(path);
  return tally.totals;
}

type Reader = Parameters<typeof contentsOf>[0];

async function* textOf(reader: Reader, { moving }: Store, tally: Tally, { watch, stop }: MoveOptions) {
  yield `${headerLine(moving.kind)}\n`;
  for await (const { section, lines } of contentsOf(reader, moving, stop)) {
    if (!tally.has(section)) yield `${sectionLine(section)}\n`;
    const text = tally.add(section, lines);
    if (text !== '') yield text;
    watch('read', section, lines.length);
  }
  yield `${footerLine(tally.totals)}\n`;
}

/** After a power loss, too, the file is found under its name. */
async function keepName(path: string): Promise<void> {
  await using folder = await open(dirname(path));
  await folder.sync();
}

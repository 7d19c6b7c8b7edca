// The commands `npm run export -- FILE` and `npm run import -- FILE`, which move all data to another database.
// DATABASE_URL names the database; imports need an empty one. Row counts and checksums go to standard output.

import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readDatabaseConfig } from '../config/database.ts';
import { classifyFailure } from '../database/errors.ts';
import { openStore } from '../database/open-store.ts';
import { exportDatabase } from '../database/transfer/export.ts';
import type { Totals } from '../database/transfer/file-format.ts';
import { assertReadable, importDatabase } from '../database/transfer/import.ts';
import { formatCount, Progress } from '../database/transfer/progress.ts';
import { createLog } from '../shared/log.ts';
import { formatStartupError, StartupError } from '../shared/startup-error.ts';

/** For connecting and for each statement. Much longer than the limit for requests, because a transfer is slow. */
const databaseTimeoutMs = 60_000;

const [command, ...rest] = process.argv.slice(2);
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stopping.abort());

async function main(): Promise<void> {
  const path = readPath();
  const config = readDatabaseConfig(process.env);
  if (command === 'import') await assertReadable(path);
  else assertDatabaseExists(config.databaseUrl);
  const progress = new Progress(process.stderr, () => performance.now());
  await using store = await openStore({ ...config, databaseTimeoutMs, log: createLog('silent', false) });
  const transfer = command === 'import' ? importDatabase : exportDatabase;
  try {
    const totals = await transfer(path, store, { report: progress.report, stop: stopping.signal });
    progress.end();
    process.stdout.write(formatTotals(totals));
  } catch (error) {
    progress.end();
    throw error;
  }
}

/** @throws StartupError the command line does not name exactly one file */
function readPath(): string {
  const usage = `usage: npm run ${command} -- FILE`;
  try {
    const { positionals } = parseArgs({ args: rest, allowPositionals: true, options: {} });
    const [path] = positionals;
    if (path && positionals.length === 1) return path;
  } catch {
    // An unknown option: the usage is reported.
  }
  throw new StartupError([usage]);
}

/**
 * Opening a missing SQLite file would create it and export an empty database.
 * @throws StartupError the file does not exist
 */
function assertDatabaseExists(databaseUrl: string): void {
  const path = databaseUrl.replace(/^sqlite:/, '');
  if (path !== databaseUrl && !existsSync(path)) throw new StartupError([`DATABASE_URL: there is no database ${path}`]);
}

function formatTotals(totals: Totals): string {
  const lines = Object.entries(totals).map(([section, { rows, sha256 }]) => {
    return `${section.padEnd(18)} ${formatCount(rows).padStart(13)} rows  ${sha256}\n`;
  });
  return lines.join('');
}

/** An interruption and a database that is unreachable, full or busy are not bugs: they are reported without a stack. */
function toReportedError(error: unknown): unknown {
  if (stopping.signal.aborted) return new StartupError([`the ${command} was interrupted; nothing was changed`]);
  if (error instanceof Error && classifyFailure(error) !== 'rejected') return new StartupError([error.message]);
  return error;
}

try {
  await main();
} catch (error) {
  process.stderr.write(formatStartupError(`cannot ${command}`, toReportedError(error)));
  process.exitCode = 1;
}

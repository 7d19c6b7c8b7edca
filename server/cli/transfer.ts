// Commands to change the database: npm run export -- FILE writes what the one that DATABASE_URL names has into a file,
// npm run import -- FILE fills an empty one from it. Standard output says what was carried, in counts and checksums.

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
import { describeStartupError, StartupError } from '../shared/startup-error.ts';

/** For a statement of a move, or the way to the server: longer than a request may take, by far. */
const databaseTimeoutMs = 60_000;

const [command, ...rest] = process.argv.slice(2);
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stopping.abort());

async function main(): Promise<void> {
  const path = readPath();
  const config = readDatabaseConfig(process.env);
  if (command === 'import') await assertReadable(path);
  else assertThere(config.databaseUrl);
  const progress = new Progress(process.stderr, () => performance.now());
  await using store = await openStore({ ...config, databaseTimeoutMs, log: createLog('silent', false) });
  const move = command === 'import' ? importDatabase : exportDatabase;
  try {
    const totals = await move(path, store, { report: progress.report, stop: stopping.signal });
    progress.end();
    process.stdout.write(summaryOf(totals));
  } catch (error) {
    progress.end();
    throw error;
  }
}

/** @throws StartError the command line does not name one file */
function readPath(): string {
  const usage = `usage: npm run ${command} -- FILE`;
  try {
    const { positionals } = parseArgs({ args: rest, allowPositionals: true, options: {} });
    const [path] = positionals;
    if (path && positionals.length === 1) return path;
  } catch {
    // An option that there is not: the usage says it.
  }
  throw new StartupError([usage]);
}

/** A file that is not there would be made, and exported empty. */
function assertThere(databaseUrl: string): void {
  const path = databaseUrl.replace(/^sqlite:/, '');
  if (path !== databaseUrl && !existsSync(path)) throw new StartupError([`there is no database ${path}`]);
}

function summaryOf(totals: Totals): string {
  const lines = Object.entries(totals).map(([section, { rows, sha256 }]) => {
    return `${section.padEnd(18)} ${formatCount(rows).padStart(13)} rows  ${sha256}\n`;
  });
  return lines.join('');
}

/** A database that is away, full or busy is nobody's bug, and neither is a stop that was asked for. */
function reasonOf(error: unknown): unknown {
  if (stopping.signal.aborted) return new StartupError(['it was stopped, and nothing has changed']);
  if (error instanceof Error && classifyFailure(error) !== 'rejected') return new StartupError([error.message]);
  return error;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`cannot ${command}:${describeStartupError(reasonOf(error))}\n`);
  process.exitCode = 1;
}

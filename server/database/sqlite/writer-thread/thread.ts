// The code of the thread that owns the writing connection. The event loop of the main thread does not wait for the
// disk.

import { dirname } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type Database from 'better-sqlite3';
import { moveCommits, openWriter } from '../connections.ts';
import { toSqliteFileError } from '../errors.ts';
import { OpenedFiles } from '../file/database-file.ts';
import { rewriteLog, syncFolder } from '../file/durable-files.ts';
import { CheckpointMonitor } from './checkpoint-monitor.ts';
import { encodeError } from './encode-error.ts';
import type { WriterMessage, WriterRequest } from './messages.ts';
import { WriteConnection } from './write-connection.ts';

/** `file` is the absolute path of the database. */
export type WriterThreadData = { file: string };

const { file } = workerData as WriterThreadData;

type Opened = { database: Database.Database; connection: WriteConnection };

let opened: Opened | undefined;

const log = {
  info: (text: string) => send({ kind: 'log', level: 'info', fields: {}, text }),
  warn: (fields: object, text: string, error?: unknown) =>
    send({ kind: 'log', level: 'warn', fields, text, ...(error !== undefined && { error: encodeError(error) }) }),
};

parentPort?.on('message', (request: WriterRequest) => {
  try {
    send({ kind: 'result', result: handle(request) });
  } catch (error) {
    send({ kind: 'error', error: encodeError(error) });
  }
});

function send(message: WriterMessage): void {
  parentPort?.postMessage(message);
}

function handle(request: WriterRequest): unknown {
  if (request.kind === 'open') return open();
  if (request.kind === 'close') return close(request.hasCheckpoint);
  if (!opened) throw new Error('the writing connection is not open');
  if (request.kind === 'start-commands') return startCommands(opened);
  if (request.kind === 'run') return opened.connection.run(request.batch);
  return opened.database.pragma(request.text, { simple: true });
}

function open(): void {
  rewriteLog(file);
  const database = openWriter(file);
  try {
    // SQLite ignores errors of this sync, and without the name of the WAL its commits are lost.
    syncFolder(dirname(file));
    const monitor = new CheckpointMonitor({ file, database, log });
    const connection = new WriteConnection({ database, onCommit: (logBytes) => monitor.check(logBytes) });
    opened = { database, connection };
  } catch (error) {
    database.close();
    throw error;
  }
}

function startCommands({ database, connection }: Opened): void {
  database.pragma('busy_timeout = 0');
  connection.watch(new OpenedFiles(file));
}

function close(hasCheckpoint: boolean): void {
  if (!opened) return;
  const { database } = opened;
  opened = undefined;
  if (hasCheckpoint) checkpoint(database);
  database.close();
}

/** Makes the database file complete without `-wal`. */
function checkpoint(database: Database.Database): void {
  try {
    if (!moveCommits(database)) log.warn({}, `another process reads ${file}; commits remain in ${file}-wal`);
  } catch (error) {
    log.warn({}, `commits remain in ${file}-wal`, toSqliteFileError(file, error));
  }
}

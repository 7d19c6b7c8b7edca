// A copy of the data whose file is no longer at its path. The data would be lost when the connections are closed.

import type { Logger } from 'pino';
import { type ConnectionHandle, getConnection } from '../read-connection.ts';
import { createFreeFile, syncFile } from './durable-files.ts';

/** Copies all committed data into a new file beside the database, and logs its path. Never throws. */
export function saveCopy(file: string, reading: ConnectionHandle, log: Logger): void {
  try {
    const path = createFreeFile(`${file}.saved`);
    const connection = getConnection(reading);
    connection.pragma('query_only = OFF');
    connection.prepare('vacuum into ?').run(path);
    syncFile(path);
    log.error({ path }, `the data of ${file} was saved in ${path}`);
  } catch (error) {
    log.error({ err: error }, `the data of ${file} cannot be saved`);
  }
}

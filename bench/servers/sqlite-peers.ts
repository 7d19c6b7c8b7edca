// Starts the servers on SQLite that the service is compared with.

import { join } from 'node:path';
import { createDatabase } from '../data/database.ts';
import { type ServerUnderTest, startServer } from './server-under-test.ts';
import type { ServiceVariant } from './service.ts';

/** How the bare server commits: each write alone, or all waiting writes together. */
export type CommitMode = 'single' | 'grouped';

/** Starts the bare server on SQLite. */
export function startSqliteBare(
  mode: CommitMode,
  { nodeArgv = [], environment = {} }: ServiceVariant = {},
): Promise<ServerUnderTest> {
  return startServer(async (folder, port) => {
    const path = join(folder, 'orders.db');
    await createDatabase(`sqlite:${path}`);
    return { argv: [...nodeArgv, 'bench/peers/sqlite-bare.ts', path, port, mode], environment };
  });
}

// Test projects. Every test that uses a database runs on SQLite and on PostgreSQL; see test/README.md for the folders.

import { globSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// Processes that the tests start repeatedly share compiled code.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/node');

const files = globSync('test/**/*.test.ts', { exclude: ['**/node_modules/**'] });

function isIn(path: string, ...folders: string[]): boolean {
  return folders.some((folder) => path.startsWith(`test/${folder}/`));
}

/** Whether a test starts the service or opens a database. */
function usesDatabase(path: string): boolean {
  return /from '\.\.\/kit\/(service\/(app|process|hanging-app)|database\/(database|store)|console\/(console|browser)|chaos\/cluster)\.ts'/.test(
    readFileSync(path, 'utf8'),
  );
}

// These folders test code above the database. `npm test` runs them on SQLite only; `npm run test:both` runs them twice.
const aboveDatabase = ['requests', 'console', 'sdk'];

const isEverything = process.env.TEST_BOTH === 'on';
const onSqlite = files.filter((path) => !isIn(path, 'postgres'));
const onPostgres = files.filter(
  (path) => usesDatabase(path) && !isIn(path, 'sqlite') && (isEverything || !isIn(path, ...aboveDatabase)),
);

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default'],
    // Test files share worker processes, so that modules are loaded once.
    isolate: false,
    // Tests wait more than they compute.
    maxWorkers: availableParallelism() + 1,
    projects: [
      { extends: true, test: { name: 'sqlite', include: onSqlite } },
      {
        extends: true,
        test: { name: 'postgres', include: onPostgres, globalSetup: 'test/kit/database/postgres-server.ts' },
      },
    ],
  },
});

// Tests run the real service, with files, ports and processes. Whatever tests the service runs on both databases; what
// is about one of them alone says so in the name of its file.

import { globSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Processes that start again and again compile the same code: the next need not. */
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/node');

const files = globSync('test/*.test.ts');

/** Whether a test has to do with a database at all. */
function usesDatabase(path: string): boolean {
  return /from '\.\/kit\/(app|database|process|hanging-app|console|browser|store|chaos\/cluster)\.ts'/.test(
    readFileSync(path, 'utf8'),
  );
}

/**
 * What never gets as far as the database, or sees of it only what HTTP tells: on SQLite always, and on PostgreSQL in
 * `npm run test:both`, so that `npm test` takes minutes.
 */
const inFront = [
  ...['auth-matrix', 'bad-input', 'broken-requests', 'cross-origin', 'documentation', 'fuzz', 'hostile-bodies'],
  ...['hostile-rules', 'key-set', 'mint-token', 'problem-pages', 'proxies', 'slow-callers', 'token-mutations'],
  ...['browsers', 'docs-page', 'foreign-pages', 'page', 'page-forms', 'page-session'],
].map((name) => `test/${name}.test.ts`);

const isEverything = process.env.TEST_BOTH === 'on';
const shared = files.filter(
  (path) => usesDatabase(path) && !path.startsWith('test/sqlite-') && (isEverything || !inFront.includes(path)),
);

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ['default'],
    // Files take turns in the same processes, which load what they test once.
    isolate: false,
    // They wait more than they work.
    maxWorkers: availableParallelism() + 1,
    projects: [
      {
        extends: true,
        test: { name: 'sqlite', include: files.filter((path) => !path.startsWith('test/postgres-')) },
      },
      {
        extends: true,
        test: { name: 'postgres', include: shared, globalSetup: 'test/kit/postgres-server.ts' },
      },
    ],
  },
});

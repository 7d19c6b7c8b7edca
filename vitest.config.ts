// Tests run the real service, with files, ports and processes. Whatever tests the service runs on both databases; what is
// about one of them alone says so in the name of its file.

import { globSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const files = globSync('test/*.test.ts');

/** Whether a test has to do with a database at all. */
function usesDatabase(path: string): boolean {
  return /from '\.\/kit\/(app|database|process|hanging-app|console|browser|store|chaos\/cluster)\.ts'/.test(
    readFileSync(path, 'utf8'),
  );
}

const shared = files.filter((path) => usesDatabase(path) && !path.startsWith('test/sqlite-'));

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ['default'],
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

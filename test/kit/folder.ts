// The folders of tests: a temporary one for one test, and one for what all test runs share.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of programs and data that test runs unpack or prepare once. It may not exist yet. */
export const cacheFolder = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url));

export type TemporaryFolder = AsyncDisposable & {
  readonly path: string;
  /** Writes a file into the folder and returns its path. */
  write(name: string, text: string): Promise<string>;
};

/** Creates a folder, which is deleted when it is disposed of. */
export async function createTemporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'orders-test-'));
  return {
    path,
    write: async (name, text) => {
      await writeFile(join(path, name), text);
      return join(path, name);
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

// A slow disk: a library that is preloaded into a server and delays its syncs (slow-sync.c). No privileges are needed.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTemporaryFolder } from '../../test/kit/folder.ts';
import { compilePreloadLibrary } from '../../test/kit/power/preload-library.ts';

const source = fileURLToPath(new URL('slow-sync.c', import.meta.url));

/** The disk of one server. At first it is not slowed down. */
export type SlowDisk = AsyncDisposable & {
  /** The variables with which a server uses the disk. */
  readonly environment: Record<string, string>;
  /** Changes the time that each fsync and fdatasync additionally takes. */
  setDelayMs(delayMs: number): Promise<void>;
};

/** Compiles the library. */
export async function createSlowDisk(): Promise<SlowDisk> {
  await using opening = new AsyncDisposableStack();
  const { path } = opening.use(await createTemporaryFolder());
  const file = join(path, 'delay');
  const setDelayMs = async (delayMs: number) => {
    const delay = Buffer.alloc(8);
    delay.writeBigInt64LE(BigInt(delayMs * 1_000));
    // The file is mapped by the server, so that its length must not change.
    await writeFile(file, delay, { flag: 'r+' });
  };
  await writeFile(file, Buffer.alloc(8));
  const library = await compilePreloadLibrary(source, path);
  const opened = opening.move();
  return {
    environment: { LD_PRELOAD: library, SLOW_SYNC_FILE: file },
    setDelayMs,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

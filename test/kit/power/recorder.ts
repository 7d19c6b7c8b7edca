// Runs the service with a preloaded library that records what it does with its files (recorder.c).

import { mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTemporaryFolder } from '../folder.ts';
import { compilePreloadLibrary } from './preload-library.ts';
import { parseRecording, type Recording } from './recording.ts';

const source = fileURLToPath(new URL('recorder.c', import.meta.url));

/**
 * A failure of the disk. `full`: files cannot grow. `sync:` and `write:`, each with the suffix of a path:
 * the operation fails with EIO. `hold:` with a suffix: syncs do not end until the faults change.
 */
export type DiskFault = 'full' | `${'sync' | 'write' | 'hold'}:${string}`;

/** Records the file operations of processes below one folder. */
export type Recorder = AsyncDisposable & {
  /** The folder whose files are recorded. It exists and counts as durable. */
  readonly folder: string;
  /** The variables with which a process records its operations. */
  readonly environment: Record<string, string>;
  /** Lets the operations of the process fail from now on. */
  setFaults(...faults: DiskFault[]): Promise<void>;
  /** Reads what all processes have recorded so far. */
  readRecording(): Promise<Recording>;
};

/** Compiles the library and creates an empty folder to record. */
export async function createRecorder(): Promise<Recorder> {
  await using opening = new AsyncDisposableStack();
  const { path } = opening.use(await createTemporaryFolder());
  const root = await realpath(path);
  const [recording, faults, folder] = ['recording', 'faults', 'disk'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  const library = await compilePreloadLibrary(source, root);
  await mkdir(folder);
  const opened = opening.move();
  return {
    folder,
    environment: { LD_PRELOAD: library, POWER_FOLDER: folder, POWER_RECORDING: recording, POWER_FAULTS: faults },
    setFaults: (...words) => (words.length === 0 ? rm(faults, { force: true }) : writeFile(faults, words.join(' '))),
    readRecording: async () => parseRecording(await readFile(recording), folder),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

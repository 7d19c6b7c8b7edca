// Libraries in C that are preloaded into a process and replace its file operations.

import { execFile } from 'node:child_process';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

/** Why this machine cannot use such a library; undefined if it can. */
export async function findPreloadObstacle(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'file operations are intercepted on Linux only';
  try {
    await promisify(execFile)('cc', ['--version']);
    return undefined;
  } catch {
    return 'there is no C compiler (cc), which the library that intercepts file operations needs';
  }
}

/** Compiles a library into a folder. Returns its path, which is a value for LD_PRELOAD. */
export async function compilePreloadLibrary(source: string, folder: string): Promise<string> {
  const library = join(folder, `${basename(source, '.c')}.so`);
  await promisify(execFile)('cc', ['-O2', '-shared', '-fPIC', '-o', library, source, '-ldl', '-lpthread']);
  return library;
}

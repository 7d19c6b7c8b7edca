// Builds the console as it is shipped, for the tests that open it, unless web/dist is as new as what it is made of.
//
// Test files run at the same time, and a service may be serving web/dist: there is no lock, because nothing in it is
// ever half done or gone. A build happens aside, and its files are put in place one by one, each whole: first the
// assets, whose names are of their contents, so that none changes under anybody; last the page that names them. Two
// files that begin together on an old build both make the same one.

import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { vi } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const target = join(root, 'web/dist');
const entryPage = 'index.html';
const cacheFolder = join(root, 'node_modules/.cache');
const sources = ['web', 'client', 'contract', 'package-lock.json'].map((path) => join(root, path));

/** Makes sure that web/dist is the console as its sources are now. */
export async function buildConsole(): Promise<void> {
  await Promise.all([target, cacheFolder].map((folder) => mkdir(folder, { recursive: true })));
  const begin = new Date();
  if ((await modifiedMs(join(target, entryPage))) >= (await newestMs(sources))) return;
  await using cleaning = new AsyncDisposableStack();
  const aside = await mkdtemp(join(cacheFolder, 'console-building-'));
  cleaning.defer(() => rm(aside, { recursive: true, force: true }));
  await buildInto(aside);
  // The page is as old as the look at its sources, so that what changes during the build makes for another.
  await utimes(join(aside, entryPage), begin, begin);
  await putInPlace(aside);
}

async function buildInto(outDir: string): Promise<void> {
  // Vite takes a NODE_ENV that is set at its word, and Vitest sets it to `test`: that would be a build for development.
  vi.stubEnv('NODE_ENV', 'production');
  const configFile = join(root, 'web/vite.config.ts');
  try {
    await build({ configFile, logLevel: 'warn', build: { outDir, emptyOutDir: true } });
  } finally {
    vi.unstubAllEnvs();
  }
}

async function putInPlace(aside: string): Promise<void> {
  const entries = await readdir(aside, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const page = join(aside, entryPage);
  for (const file of [...files.filter((path) => path !== page), page]) {
    const place = file.replace(aside, target);
    await mkdir(dirname(place), { recursive: true });
    await rename(file, place);
  }
}

/** When the newest of these was changed. Folders count too: theirs is the time when a file in them was removed. */
async function newestMs(paths: string[]): Promise<number> {
  const moments = await Promise.all(
    paths
      .filter((path) => path !== target)
      .map(async (path) => Math.max(await modifiedMs(path), await newestMs(await childrenOf(path)))),
  );
  return Math.max(0, ...moments);
}

async function childrenOf(path: string): Promise<string[]> {
  const isFolder = (await stat(path)).isDirectory();
  return isFolder ? (await readdir(path)).map((name) => join(path, name)) : [];
}

/** 0 for what is not there. */
async function modifiedMs(path: string): Promise<number> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.mtimeMs ?? 0;
}

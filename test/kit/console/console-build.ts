// Builds the console for production into web/dist, unless the existing build is newer than its sources.
//
// Test files run concurrently, and a service may be serving web/dist. No lock is needed, because web/dist is complete
// at any time: a build goes into a temporary folder, and its files are then renamed one by one. Assets come first;
// their names contain a hash of their content, so that existing files do not change. The page that refers to them comes
// last. Concurrent builds of the same sources produce the same files.

import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { vi } from 'vitest';
import { cacheFolder } from '../folder.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const distFolder = join(root, 'web/dist');
const entryPage = 'index.html';
/** The sources of the SDK instead of its build, which may be older. */
const sdkSources = { '@order-workflow/client': join(root, 'client/index.ts') };
const sources = ['web', 'client', 'contract', 'package-lock.json'].map((path) => join(root, path));

/** Builds the console if web/dist is older than its sources. */
export async function buildConsole(): Promise<void> {
  await Promise.all([distFolder, cacheFolder].map((folder) => mkdir(folder, { recursive: true })));
  const startedAt = new Date();
  if ((await readModifiedMs(join(distFolder, entryPage))) >= (await findLatestModifiedMs(sources))) return;
  await using cleanup = new AsyncDisposableStack();
  const buildFolder = await mkdtemp(join(cacheFolder, 'console-building-'));
  cleanup.defer(() => rm(buildFolder, { recursive: true, force: true }));
  await buildInto(buildFolder);
  // Date the page back to the check of the sources, so that a change during the build triggers another build.
  await utimes(join(buildFolder, entryPage), startedAt, startedAt);
  await moveToDist(buildFolder);
}

async function buildInto(outDir: string): Promise<void> {
  // Vite uses an existing NODE_ENV. Vitest sets it to `test`, which would produce a development build.
  vi.stubEnv('NODE_ENV', 'production');
  const configFile = join(root, 'web/vite.config.ts');
  try {
    await build({ configFile, logLevel: 'warn', build: { outDir, emptyOutDir: true }, resolve: { alias: sdkSources } });
  } finally {
    vi.unstubAllEnvs();
  }
}

async function moveToDist(buildFolder: string): Promise<void> {
  const entries = await readdir(buildFolder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const page = join(buildFolder, entryPage);
  for (const file of [...files.filter((path) => path !== page), page]) {
    const target = file.replace(buildFolder, distFolder);
    await mkdir(dirname(target), { recursive: true });
    await rename(file, target);
  }
}

/**
 * The latest modification time of the paths and their descendants. The time of a folder changes when one of its files
 * is removed.
 */
async function findLatestModifiedMs(paths: string[]): Promise<number> {
  const times = await Promise.all(
    paths
      .filter((path) => path !== distFolder)
      .map(async (path) => Math.max(await readModifiedMs(path), await findLatestModifiedMs(await listChildren(path)))),
  );
  return Math.max(0, ...times);
}

async function listChildren(path: string): Promise<string[]> {
  const isFolder = (await stat(path)).isDirectory();
  return isFolder ? (await readdir(path)).map((name) => join(path, name)) : [];
}

/** The modification time in milliseconds since the epoch; 0 if the path does not exist. */
async function readModifiedMs(path: string): Promise<number> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.mtimeMs ?? 0;
}

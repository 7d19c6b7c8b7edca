// Packs the SDK as `npm run release` does, and installs the tarball in an empty folder, as a user would.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createTemporaryFolder, type TemporaryFolder } from '../folder.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const clientFolder = join(root, 'client');
const published = ['package.json', 'README.md', 'LICENSE'];

/** A folder with the installed package and the examples, and the folder that was packed. */
export type PackedClient = AsyncDisposable & {
  readonly project: TemporaryFolder;
  /** The files of the tarball. */
  readonly files: readonly string[];
  /** The files as they were packed. */
  readonly packageFolder: string;
  readonly tarball: string;
  /**
   * Runs a program of the repository, such as `tsc`, in the project, and returns its output.
   * @throws Error with its output, if it fails
   */
  runTool(name: string, ...args: string[]): Promise<string>;
};

/** Builds, packs and installs the SDK. Nothing is written into the repository, and nothing is downloaded. */
export async function packClient(): Promise<PackedClient> {
  await using opening = new AsyncDisposableStack();
  const packing = opening.use(await createTemporaryFolder());
  const project = opening.use(await createTemporaryFolder());
  const packageFolder = join(packing.path, 'package');
  await mkdir(packageFolder);
  await execute('tsdown', ['--out-dir', join(packageFolder, 'dist')], clientFolder);
  for (const name of published) await copyFile(join(clientFolder, name), join(packageFolder, name));
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts'], { cwd: packageFolder });
  const [{ filename, files }] = JSON.parse(stdout);
  await project.write('package.json', '{ "private": true, "type": "module" }');
  const tarball = join(packageFolder, filename);
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd: project.path });
  await cp(join(root, 'examples'), join(project.path, 'examples'), { recursive: true });
  const opened = opening.move();
  return {
    project,
    packageFolder,
    tarball,
    files: files.map(({ path }: { path: string }) => path),
    runTool: (name, ...args) => execute(name, args, project.path),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Runs a program from `node_modules/.bin` with the Node of the tests. */
async function execute(name: string, args: readonly string[], cwd: string): Promise<string> {
  return runNode(process.execPath, [join(root, 'node_modules/.bin', name), ...args], { cwd });
}

/** Runs a program with a Node executable and returns its output. @throws Error with its output, if it fails */
export async function runNode(
  executable: string,
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
): Promise<string> {
  try {
    const { stdout } = await run(executable, args, options);
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

/** Returns the Node executables by version: that of the tests, those in PATH, and those in `SDK_NODES`. */
export async function findNodes(): Promise<{ version: string; executable: string }[]> {
  const folders = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'node'));
  const others = (process.env.SDK_NODES ?? '').split(delimiter).filter((path) => path !== '');
  const paths = [process.execPath, ...folders, ...others].filter((path) => existsSync(path));
  const found = await Promise.all(
    [...new Set(await Promise.all(paths.map((path) => realpath(path))))].map(readVersion),
  );
  return [...new Map(found.map((node) => [node.version, node])).values()];
}

async function readVersion(executable: string): Promise<{ version: string; executable: string }> {
  return { version: (await runNode(executable, ['--version'], { cwd: dirname(executable) })).trim(), executable };
}

/** A running program. */
export type RunningProgram = AsyncDisposable & {
  /** The lines of its output so far. */
  readonly lines: readonly string[];
  /** Kills the program and waits until it has ended. */
  kill(): Promise<void>;
};

/** Starts a program with the Node of the tests. Disposing of it kills it. */
export function startProgram(file: string, cwd: string, env: NodeJS.ProcessEnv): RunningProgram {
  const child = spawn(process.execPath, [file], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const lines: string[] = [];
  createInterface(child.stdout).on('line', (line) => lines.push(line));
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return { lines, kill, [Symbol.asyncDispose]: kill };
}

// The commands that export and import a database, as child processes.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import packageJson from '../../../package.json' with { type: 'json' };

const root = fileURLToPath(new URL('../../../', import.meta.url));
const { PATH, NODE_COMPILE_CACHE } = process.env;

type TransferCommand = 'export' | 'import';

/** Starts the npm script of a command directly, with arguments. */
export function spawnTransferCommand(
  command: TransferCommand,
  args: readonly string[],
  environment: Record<string, string>,
): ChildProcessByStdio<null, Readable, Readable> {
  const [argv = ''] = /(?<=exec node ).*/.exec(packageJson.scripts[command]) ?? [];
  const env = { PATH, NODE_COMPILE_CACHE, ...environment };
  return spawn(process.execPath, [...argv.split(' '), ...args], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Runs a command until it ends. */
export async function runTransferCommand(
  command: TransferCommand,
  args: readonly string[],
  environment: Record<string, string>,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawnTransferCommand(command, args, environment);
  const [[code], stdout, stderr] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

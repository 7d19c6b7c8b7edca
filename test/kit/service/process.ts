// Runs the service as a child process, for tests of signals, kills and exit codes.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { readStartScript } from '../../../bench/servers/start-script.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

type Exit = { code: number | null; signal: NodeJS.Signals | null };

export type ServiceProcess = AsyncDisposable & {
  readonly url: string;
  readonly pid: number;
  /** Resolves when the process has ended for any reason. */
  readonly exit: Promise<Exit>;
  /** Sends a signal without waiting for its effect. */
  sendSignal(signal: NodeJS.Signals): void;
  /** Sends a signal and waits until the process has ended. */
  stop(signal: NodeJS.Signals): Promise<Exit>;
};

/** The output of a process that has ended, and its exit code or signal. */
export type ProcessResult = Exit & { output: string; errors: string };

const startScript = readStartScript();

const { PATH, NODE_COMPILE_CACHE } = process.env;
const ownEnvironment = { PATH, NODE_COMPILE_CACHE, PORT: '0', RATE_LIMIT: 'off' };

function spawnService(environment: Record<string, string>): ChildProcess {
  return spawn(process.execPath, startScript.argv, {
    cwd: root,
    env: { ...ownEnvironment, ...startScript.environment, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/**
 * Starts the service and waits until it is ready. Disposing of it kills the process.
 * @param onLine called with each line of the log
 * @throws Error with the error output, if the process ends before it is ready
 */
export async function startServiceProcess(
  environment: Record<string, string>,
  onLine?: (line: string) => void,
): Promise<ServiceProcess> {
  const child = spawnService(environment);
  const exit = once(child, 'exit').then(([code, signal]) => ({ code, signal }) as Exit);
  const url = await readUrl(child, exit, onLine);
  const stop = async (signal: NodeJS.Signals): Promise<Exit> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return exit;
  };
  return {
    url,
    pid: child.pid ?? 0,
    exit,
    sendSignal: (signal) => child.kill(signal),
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop('SIGKILL');
    },
  };
}

async function readUrl(child: ChildProcess, exit: Promise<Exit>, onLine?: (line: string) => void): Promise<string> {
  if (!child.stdout || !child.stderr) throw new Error('the process has no output');
  const errors = readAll(child.stderr);
  const ready = Promise.withResolvers<string>();
  // Reading continues after the ready line, because a full pipe would block the process.
  createInterface(child.stdout).on('line', (line) => {
    const url = /ready on (http:[^"]+)/.exec(line)?.[1];
    if (url) ready.resolve(url);
    onLine?.(line);
  });
  exit.then(async ({ code }) => ready.reject(new Error(`ended with ${code}: ${await errors}`)));
  return ready.promise;
}

/** Runs the service until it ends by itself, as it does when it fails to start. */
export async function runServiceToExit(environment: Record<string, string>): Promise<ProcessResult> {
  const child = spawnService(environment);
  if (!child.stdout || !child.stderr) throw new Error('the process has no output');
  const [output, errors] = [readAll(child.stdout), readAll(child.stderr)];
  const [code, signal] = await once(child, 'exit');
  return { code, signal, output: await output, errors: await errors };
}

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
}

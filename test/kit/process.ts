// The service as a process of its own, for what only a process can show: kills, signals, exit codes.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { readStartScript } from '../../bench/start-script.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

type Exit = { code: number | null; signal: NodeJS.Signals | null };

export type ServiceProcess = AsyncDisposable & {
  readonly url: string;
  /** How it ends, whoever ends it. */
  readonly exit: Promise<Exit>;
  /** Sends a signal that does not end it. */
  sendSignal(signal: NodeJS.Signals): void;
  /** Sends a signal and waits for the end of the process. */
  stop(signal: NodeJS.Signals): Promise<Exit>;
};

/** What a process said and how it ended. */
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
 * Starts the service and waits until it says where it can be reached.
 * @param onLine is told each line of its log
 */
export async function startServiceProcess(
  environment: Record<string, string>,
  onLine?: (line: string) => void,
): Promise<ServiceProcess> {
  const child = spawnService(environment);
  const exit = once(child, 'exit').then(([code, signal]) => ({ code, signal }) as Exit);
  const url = await readyUrl(child, exit, onLine);
  const stop = async (signal: NodeJS.Signals): Promise<Exit> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return exit;
  };
  return {
    url,
    exit,
    sendSignal: (signal) => child.kill(signal),
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop('SIGKILL');
    },
  };
}

async function readyUrl(child: ChildProcess, exit: Promise<Exit>, onLine?: (line: string) => void): Promise<string> {
  if (!child.stdout || !child.stderr) throw new Error('the process has no output');
  const errors = collected(child.stderr);
  const ready = Promise.withResolvers<string>();
  // Reading goes on after the line that is waited for: a pipe that nobody empties would stop the process.
  createInterface(child.stdout).on('line', (line) => {
    const url = /ready on (http:[^"]+)/.exec(line)?.[1];
    if (url) ready.resolve(url);
    onLine?.(line);
  });
  exit.then(async ({ code }) => ready.reject(new Error(`ended with ${code}: ${await errors}`)));
  return ready.promise;
}

/** Starts the service where it should not start, and waits for its end. */
export async function runServiceToExit(environment: Record<string, string>): Promise<ProcessResult> {
  const child = spawnService(environment);
  if (!child.stdout || !child.stderr) throw new Error('the process has no output');
  const [output, errors] = [collected(child.stdout), collected(child.stderr)];
  const [code, signal] = await once(child, 'exit');
  return { code, signal, output: await output, errors: await errors };
}

async function collected(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
}

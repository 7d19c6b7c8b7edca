// The startup time of the service: from the start of its process until it logs that it is ready.

import { createInterface } from 'node:readline';
import { startNode } from '../servers/child.ts';
import { readStartScript } from '../servers/start-script.ts';

/** Starts the service as `npm start` does, on an existing database, and stops it. Returns the time in milliseconds. */
export async function measureStartMs(databasePath: string): Promise<number> {
  const { argv, environment: variables } = readStartScript();
  const environment = { ...variables, LOG_LEVEL: 'info', PORT: '0', DATABASE_URL: `sqlite:${databasePath}` };
  const startedMs = performance.now();
  await using child = startNode(argv, environment, ['ignore', 'pipe', 'inherit']);
  const { stdout } = child.process;
  if (!stdout) throw new Error('the process has no standard output');
  const ready = Promise.withResolvers<void>();
  createInterface(stdout).on('line', (line) => {
    if (line.includes('ready on http')) ready.resolve();
  });
  await Promise.race([ready.promise, child.ended]);
  return performance.now() - startedMs;
}

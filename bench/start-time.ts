// How long the service takes to start: from the start of its process until it says where it can be reached.

import { createInterface } from 'node:readline';
import { startNode } from './child.ts';
import { readStartScript } from './start-script.ts';

/** Starts the service as `npm start` does, on an existing file, and stops it again; answers milliseconds. */
export async function measureStart(databasePath: string): Promise<number> {
  const { argv, environment: variables } = readStartScript();
  const environment = { ...variables, LOG_LEVEL: 'info', PORT: '0', DATABASE_URL: `sqlite:${databasePath}` };
  const begun = performance.now();
  await using child = startNode(argv, environment, ['ignore', 'pipe', 'inherit']);
  const { stdout } = child.process;
  if (!stdout) throw new Error('a process without standard output');
  const ready = Promise.withResolvers<void>();
  createInterface(stdout).on('line', (line) => {
    if (line.includes('ready on http')) ready.resolve();
  });
  await Promise.race([ready.promise, child.ended]);
  return performance.now() - begun;
}

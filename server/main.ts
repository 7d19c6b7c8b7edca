// The process: reads the environment, starts the service, and stops it when the system says so.

import { readConfig } from './config.ts';
import { createLog } from './log.ts';
import { start } from './start.ts';
import { StartError } from './start-error.ts';

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config.logLevel, process.stdout.isTTY);
  const stopped = Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(signal)));
  await using service = await start(config, log);
  log.info({ readyAfterMs: Math.round(performance.now()) }, `ready on ${service.url}`);
  log.info({ signal: await stopped }, 'stopping');
}

function once(signal: string): Promise<string> {
  return new Promise((resolve) => process.once(signal, () => resolve(signal)));
}

/** What a person can mend in plain words: a list where there is more than one; everything else is a bug and keeps its stack. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return ` ${error}`;
  const faults = error instanceof StartError ? error.faults : ['code' in error ? error.message : String(error.stack)];
  return faults.length === 1 ? ` ${faults[0]}` : faults.map((fault) => `\n  ${fault}`).join('');
}

try {
  await main();
} catch (error) {
  process.stderr.write(`cannot start:${explain(error)}\n`);
  process.exitCode = 1;
}

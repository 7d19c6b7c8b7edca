// The process: reads the environment, starts the service, and stops it when the system says so.

import { ConfigError, readConfig } from './config.ts';
import { createLog } from './log.ts';
import { start } from './start.ts';
import { DatabaseOwnedError } from './store/owner-lock.ts';
import { PolicyError } from './validation/policy.ts';

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

/** What the person who starts the service can mend, in plain words; everything else is a bug and keeps its stack. */
function explain(error: unknown): string {
  if (error instanceof ConfigError || error instanceof PolicyError) {
    return `cannot start:\n${error.faults.map((fault) => `  ${fault}`).join('\n')}`;
  }
  const isMendable = error instanceof DatabaseOwnedError || (error instanceof Error && 'code' in error);
  return isMendable
    ? `cannot start: ${error.message}`
    : `cannot start: ${error instanceof Error ? error.stack : error}`;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}

// The entry point of the service: reads the configuration, starts the service, and stops it on SIGINT or SIGTERM.

import { once } from 'node:events';
import { findProbableMistakes, readConfig } from './config/config.ts';
import { startService } from './service.ts';
import { createLog } from './shared/log.ts';
import { formatStartupError } from './shared/startup-error.ts';

const stopSignal = Promise.race(
  ['SIGINT', 'SIGTERM'].map(async (signal) => {
    await once(process, signal);
    return signal;
  }),
);

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config.logLevel, process.stdout.isTTY);
  for (const mistake of findProbableMistakes(process.env)) log.warn(mistake);
  const service = await startService(config, log);
  log.info({ readyAfterMs: Math.round(performance.now()) }, `ready on ${service.url}`);
  log.info({ signal: await stopSignal }, 'stopping');
  try {
    await service[Symbol.asyncDispose]();
  } catch (error) {
    log.fatal({ err: error }, 'shutdown failed');
    process.exitCode = 1;
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(formatStartupError('cannot start', error));
  process.exitCode = 1;
}

// Keeps callers from holding what others need: connections beyond a number, and answers that nobody reads.

import type { Logger } from 'pino';
import type { ConnectionLimits } from '../../config/timeouts.ts';
import { createLogThrottle } from '../../shared/log-throttle.ts';
import type { ServiceServer } from '../request/request.ts';
import type { Connections } from './connections.ts';

/** Closes connections beyond the limit at once, and those on which nothing moves after their time. */
export function limitConnections(
  server: ServiceServer,
  connections: Connections,
  { maxConnections, stalledTimeoutMs }: Pick<ConnectionLimits, 'maxConnections' | 'stalledTimeoutMs'>,
  log: Logger,
): void {
  server.maxConnections = maxConnections;
  server.on('drop', sayHowMany(maxConnections, log));
  server.timeout = stalledTimeoutMs;
  server.on('timeout', (socket) => {
    // Whoever has asked and waits is not to blame for the silence, as long as there is nothing to be read.
    if (connections.isServing(socket) && socket.writableLength === 0) socket.setTimeout(stalledTimeoutMs);
    else socket.destroy();
  });
}

/** Counts those that are refused, and says now and then how many it were since. */
function sayHowMany(maxConnections: number, log: Logger): () => void {
  const isTimeToSay = createLogThrottle(() => performance.now());
  let refused = 0;
  return () => {
    refused += 1;
    if (!isTimeToSay()) return;
    log.warn({ maxConnections, refused }, 'too many connections: new ones are refused');
    refused = 0;
  };
}

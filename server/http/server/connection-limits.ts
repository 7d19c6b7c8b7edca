// Limits the number of connections, and closes connections on which nothing moves.

import type { Logger } from 'pino';
import type { ConnectionLimits } from '../../config/timeouts.ts';
import { createLogThrottle } from '../../shared/log-throttle.ts';
import type { ServiceServer } from '../request/request.ts';
import type { Connections } from './connections.ts';

/** Closes connections beyond the limit immediately, and stalled connections after their timeout. */
export function limitConnections(
  server: ServiceServer,
  connections: Connections,
  { maxConnections, stalledTimeoutMs }: Pick<ConnectionLimits, 'maxConnections' | 'stalledTimeoutMs'>,
  log: Logger,
): void {
  server.maxConnections = maxConnections;
  server.on('drop', createRefusalLog(maxConnections, log));
  server.timeout = stalledTimeoutMs;
  server.on('timeout', (socket) => {
    // The connection is not stalled while the service is working on a response and nothing waits to be read.
    if (connections.isServing(socket) && socket.writableLength === 0) socket.setTimeout(stalledTimeoutMs);
    else socket.destroy();
  });
}

/** Counts refused connections and logs their number at intervals. */
function createRefusalLog(maxConnections: number, log: Logger): () => void {
  const isLogDue = createLogThrottle(() => performance.now());
  let refused = 0;
  return () => {
    refused += 1;
    if (!isLogDue()) return;
    log.warn({ maxConnections, refused }, 'connection limit reached; refusing new connections');
    refused = 0;
  };
}

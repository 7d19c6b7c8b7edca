// Limits the number of connections, in total and per network, and closes connections on which nothing moves.

import type { Logger } from 'pino';
import type { HttpConfig } from '../../config/http.ts';
import type { ConnectionLimits } from '../../config/timeouts.ts';
import { createThrottledWarning } from '../../shared/log-throttle.ts';
import { OpenCounts } from '../../shared/open-counts.ts';
import { toNetwork } from '../caller-limits/network.ts';
import { createTrustCheck } from '../guards/client-address.ts';
import type { ServiceServer } from '../request/request.ts';
import type { Connections } from './connections.ts';

type Limits = Pick<ConnectionLimits, 'maxConnections' | 'stalledTimeoutMs'> &
  Pick<HttpConfig, 'maxConnectionsPerAddress' | 'trustedProxies'>;

/** Closes connections beyond a limit immediately, and stalled connections after their timeout. */
export function limitConnections(server: ServiceServer, connections: Connections, limits: Limits, log: Logger): void {
  const { maxConnections, stalledTimeoutMs } = limits;
  server.maxConnections = maxConnections;
  const logRefusal = createThrottledWarning(log, 'connection limit reached; refusing new connections');
  server.on('drop', () => logRefusal({ maxConnections }));
  limitNetworks(server, limits, log);
  server.timeout = stalledTimeoutMs;
  server.on('timeout', (socket) => {
    // The connection is not stalled while the service is working on a response and nothing waits to be read.
    if (connections.isServing(socket) && socket.writableLength === 0) socket.setTimeout(stalledTimeoutMs);
    else socket.destroy();
  });
}

/** The connections of trusted proxies belong to many clients and are not limited. */
function limitNetworks(server: ServiceServer, { maxConnectionsPerAddress, trustedProxies }: Limits, log: Logger): void {
  const isTrusted = trustedProxies === undefined ? () => false : createTrustCheck(trustedProxies);
  const logRefusal = createThrottledWarning(
    log,
    'connection limit of an address reached; refusing its new connections',
  );
  const counts = new OpenCounts();
  server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? '';
    if (isTrusted(address, 0)) return;
    const network = toNetwork(address);
    if (counts.count(network) >= maxConnectionsPerAddress) {
      socket.destroy();
      return logRefusal({ address, maxConnectionsPerAddress });
    }
    counts.add(network, socket);
  });
}

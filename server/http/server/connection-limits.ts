// Limits the number of connections, in total and per network, and closes connections on which nothing moves.

import type { Logger } from 'pino';
import type { HttpConfig } from '../../config/http.ts';
import type { ConnectionLimits } from '../../config/timeouts.ts';
import { createRefusalLog } from '../../shared/log-throttle.ts';
import { createTrustCheck } from '../guards/client-address.ts';
import { toNetwork } from '../rate-limit/network.ts';
import type { ServiceServer } from '../request/request.ts';
import type { Connections } from './connections.ts';

type Limits = Pick<ConnectionLimits, 'maxConnections' | 'stalledTimeoutMs'> &
  Pick<HttpConfig, 'maxConnectionsPerAddress' | 'trustedProxies'>;

/** Closes connections beyond a limit immediately, and stalled connections after their timeout. */
export function limitConnections(server: ServiceServer, connections: Connections, limits: Limits, log: Logger): void {
  const { maxConnections, stalledTimeoutMs } = limits;
  server.maxConnections = maxConnections;
  const logRefusal = createRefusalLog(log, 'connection limit reached; refusing new connections');
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
  const logRefusal = createRefusalLog(log, 'connection limit of an address reached; refusing its new connections');
  const counts = new Map<string, number>();
  server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? '';
    if (isTrusted(address, 0)) return;
    const network = toNetwork(address);
    const count = counts.get(network) ?? 0;
    if (count >= maxConnectionsPerAddress) {
      socket.destroy();
      return logRefusal({ address, maxConnectionsPerAddress });
    }
    counts.set(network, count + 1);
    socket.once('close', () => {
      const left = (counts.get(network) ?? 1) - 1;
      if (left > 0) counts.set(network, left);
      else counts.delete(network);
    });
  });
}

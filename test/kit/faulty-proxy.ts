// A TCP proxy between a client and the service that resets connections on demand.

import { connect } from 'node:net';
import { linkSockets, startTcpServer } from './local-server.ts';

export type FaultyProxy = AsyncDisposable & {
  /** The URL of the service through the proxy. */
  readonly url: string;
  readonly openConnections: number;
  /** Resets every open connection, or each with this probability. */
  cut(probability?: number): void;
};

/** Starts a proxy that forwards connections to the origin `target`. */
export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const { hostname, port } = new URL(target);
  const server = await startTcpServer((client) => {
    const upstream = connect(Number(port), hostname);
    linkSockets(client, upstream);
    client.pipe(upstream).pipe(client);
  });
  return {
    url: server.url,
    get openConnections() {
      return server.sockets.size;
    },
    cut: (probability = 1) => {
      for (const socket of server.sockets) if (Math.random() < probability) socket.resetAndDestroy();
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

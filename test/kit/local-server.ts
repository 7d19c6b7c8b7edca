// HTTP and TCP servers on free loopback ports, the base of every fake server and proxy of the tests.

import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';

export type LocalServer = AsyncDisposable & {
  readonly port: number;
  /** The origin, as in `http://127.0.0.1:49152`. */
  readonly url: string;
};

/** Starts an HTTP server on a free port. Disposing of it closes its connections. */
export async function startHttpServer(listener: RequestListener, host = '127.0.0.1'): Promise<LocalServer> {
  const server = createHttpServer(listener).listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${host}:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type LocalTcpServer = LocalServer & {
  /** The open connections. */
  readonly sockets: ReadonlySet<Socket>;
};

/** Starts a TCP server on a free port. Connection errors are ignored; disposing of it destroys its connections. */
export async function startTcpServer(onConnection: (socket: Socket) => void): Promise<LocalTcpServer> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    sockets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Destroys each of two sockets when the other one closes, and ignores their errors. */
export function linkSockets(one: Socket, other: Socket): void {
  one.on('error', () => {}).once('close', () => other.destroy());
  other.on('error', () => {}).once('close', () => one.destroy());
}

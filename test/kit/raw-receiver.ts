// A receiver of webhooks that does what it likes with its connections, plain or with TLS.

import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** Certificates for `receiver.example`, the first two from the authority. */
type CertificateName = 'receiver' | 'expired' | 'self-signed';

export function readCertificate(name: CertificateName | 'authority' | 'key'): string {
  return readFileSync(new URL(`certificates/${name}.pem`, import.meta.url), 'utf8');
}

export type RawReceiver = AsyncDisposable & {
  readonly port: number;
  /** The addresses that connections were made to, in the order that they came in. */
  readonly reachedAddresses: string[];
  /** How many connections are open. */
  readonly openConnections: number;
  /** Everything that was sent here, on all connections. */
  readonly received: string;
  /** Reads on wherever nobody did, without which the end of a connection is not seen. */
  resume(): void;
};

type RawReceiverOptions = { certificate?: CertificateName };

/**
 * Listens on every address of this machine.
 * @param serve gets each connection, and how many came before it
 */
export async function startRawReceiver(
  serve: (socket: Socket, before: number) => void,
  options: RawReceiverOptions = {},
): Promise<RawReceiver> {
  const sockets = new Set<Socket>();
  const reached: string[] = [];
  let received = '';
  const onConnection = (socket: Socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });
    serve(socket, reached.length);
    reached.push((socket.localAddress ?? '').replace('::ffff:', ''));
  };
  const tls = options.certificate && { key: readCertificate('key'), cert: readCertificate(options.certificate) };
  const server = tls ? createTlsServer(tls, onConnection) : createTcpServer(onConnection);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    reachedAddresses: reached,
    get openConnections() {
      return sockets.size;
    },
    get received() {
      return received;
    },
    resume: () => {
      for (const socket of sockets) socket.resume();
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

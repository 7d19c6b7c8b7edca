// A webhook receiver on the level of TCP or TLS connections, for responses that no HTTP server would send.

import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** Certificates of `receiver.example`. The test authority has signed `receiver` and `expired`. */
type CertificateName = 'receiver' | 'expired' | 'self-signed';

/** Returns a certificate, or the key of all certificates, as PEM text. */
export function readCertificate(name: CertificateName | 'authority' | 'key'): string {
  return readFileSync(new URL(`certificates/${name}.pem`, import.meta.url), 'utf8');
}

export type RawReceiver = AsyncDisposable & {
  readonly port: number;
  /** The local addresses of the connections, in the order in which they were accepted. */
  readonly reachedAddresses: string[];
  readonly openConnections: number;
  /** All bytes received, on all connections. */
  readonly received: string;
  /** Resumes reading on every connection, without which a closed connection stays unnoticed. */
  resume(): void;
};

type RawReceiverOptions = { certificate?: CertificateName };

/**
 * Starts a receiver on every address of this machine.
 * @param serve called with each connection and its index
 */
export async function startRawReceiver(
  serve: (socket: Socket, index: number) => void,
  options: RawReceiverOptions = {},
): Promise<RawReceiver> {
  const sockets = new Set<Socket>();
  const reachedAddresses: string[] = [];
  let received = '';
  const onConnection = (socket: Socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });
    serve(socket, reachedAddresses.length);
    reachedAddresses.push((socket.localAddress ?? '').replace('::ffff:', ''));
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
    reachedAddresses,
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

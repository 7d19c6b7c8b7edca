// A network between the service and PostgreSQL that knows a commit when it sees one, and can lose it, or its answer.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** `before`: the COMMIT is lost; `after`: its answer is, when it has been done. */
type Cut = 'before' | 'after';

export type PostgresNetwork = AsyncDisposable & {
  /** The URL of the database through it. */
  readonly url: string;
  /** Cuts the connection at the next commit; `isFinal`: and makes no connection any more. */
  cutNextCommit(cut: Cut, isFinal?: boolean): void;
  /** Holds the next commit up on its way, until what it returns is called. */
  holdNextCommit(): () => void;
  /**
   * Calls back when the next statement with this text has come from the service, just before it goes on its way.
   * @param text as it is on the wire; the end of a statement is `\0`
   */
  onNext(text: string, callback: () => void): void;
  /** Lets connections through again. */
  heal(): void;
  /** How many commits it has cut. */
  readonly cuts: number;
};

/** The message Query (postgresql.org/docs/18/protocol-message-formats.html). */
const commitMessage = Buffer.from('Q\0\0\0\x0bcommit\0', 'latin1');

export async function startPostgresNetwork(databaseUrl: string): Promise<PostgresNetwork> {
  const { hostname, port } = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let planned: { cut: Cut; isFinal: boolean } | undefined;
  let isDown = false;
  let cuts = 0;
  let gate: Promise<void> | undefined;
  let awaited: { text: string; callback: () => void } | undefined;
  const tell = (chunk: Buffer) => {
    if (!awaited || !chunk.includes(awaited.text)) return;
    const { callback } = awaited;
    awaited = undefined;
    callback();
  };
  const server = createServer((near) => {
    if (isDown) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(Number(port), hostname);
    let isLosing = false;
    const lose = () => {
      near.resetAndDestroy();
      far.destroy();
    };
    for (const [socket, other] of [[near, far] as const, [far, near] as const]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.on('data', (chunk) => {
      tell(chunk);
      if (gate && chunk.includes(commitMessage)) {
        void gate.then(() => far.write(chunk));
        gate = undefined;
        return undefined;
      }
      if (planned && chunk.includes(commitMessage)) {
        const { cut, isFinal } = planned;
        planned = undefined;
        cuts += 1;
        isDown = isFinal;
        if (cut === 'before') return lose();
        isLosing = true;
      }
      far.write(chunk);
    });
    far.on('data', (chunk) => {
      if (isLosing) lose();
      else near.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cutNextCommit: (cut, isFinal = false) => {
      planned = { cut, isFinal };
    },
    holdNextCommit: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    onNext: (text, callback) => {
      awaited = { text, callback };
    },
    heal: () => {
      isDown = false;
    },
    get cuts() {
      return cuts;
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

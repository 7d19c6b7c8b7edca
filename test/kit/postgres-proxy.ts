// A network between the service and PostgreSQL that knows a commit when it sees one, and can lose it, or its answer.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** `before`: the COMMIT is lost; `after`: its answer is, when it has been done. */
type Cut = 'before' | 'after';

export type PostgresProxy = AsyncDisposable & {
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

/** What is to happen to what comes next. */
class Plan {
  cut: { cut: Cut; isFinal: boolean } | undefined;
  gate: Promise<void> | undefined;
  awaited: { text: string; callback: () => void } | undefined;
  isDown = false;
  cuts = 0;

  tell(chunk: Buffer): void {
    if (!this.awaited || !chunk.includes(this.awaited.text)) return;
    const { callback } = this.awaited;
    this.awaited = undefined;
    callback();
  }

  takeGate(): Promise<void> | undefined {
    const { gate } = this;
    this.gate = undefined;
    return gate;
  }

  takeCut(): Cut | undefined {
    if (!this.cut) return undefined;
    const { cut, isFinal } = this.cut;
    this.cut = undefined;
    this.cuts += 1;
    this.isDown = isFinal;
    return cut;
  }
}

/** One connection of the service, and what leads it on to PostgreSQL. */
class Wire {
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #plan: Plan;
  /** Whether the answer that comes next is lost. */
  #isLosing = false;

  constructor(near: Socket, far: Socket, plan: Plan) {
    this.#near = near;
    this.#far = far;
    this.#plan = plan;
    near.on('data', (chunk) => this.#send(chunk));
    far.on('data', (chunk) => {
      if (this.#isLosing) this.lose();
      else near.write(chunk);
    });
    near.on('error', () => {}).once('close', () => far.destroy());
    far.on('error', () => {}).once('close', () => near.destroy());
  }

  lose(): void {
    this.#near.resetAndDestroy();
    this.#far.destroy();
  }

  #send(chunk: Buffer): void {
    this.#plan.tell(chunk);
    if (!chunk.includes(commitMessage)) {
      this.#far.write(chunk);
      return;
    }
    const gate = this.#plan.takeGate();
    const cut = gate ? undefined : this.#plan.takeCut();
    if (cut === 'before') {
      this.lose();
      return;
    }
    this.#isLosing = cut === 'after';
    if (gate) void gate.then(() => this.#far.write(chunk));
    else this.#far.write(chunk);
  }
}

export async function startPostgresProxy(databaseUrl: string): Promise<PostgresProxy> {
  const { hostname, port } = new URL(databaseUrl);
  const plan = new Plan();
  const wires = new Set<Wire>();
  const server = createServer((near) => {
    if (plan.isDown) {
      near.resetAndDestroy();
      return;
    }
    const wire = new Wire(near, connect(Number(port), hostname), plan);
    wires.add(wire);
    near.once('close', () => wires.delete(wire));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cutNextCommit: (cut, isFinal = false) => {
      plan.cut = { cut, isFinal };
    },
    holdNextCommit: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      plan.gate = promise;
      return resolve;
    },
    onNext: (text, callback) => {
      plan.awaited = { text, callback };
    },
    heal: () => {
      plan.isDown = false;
    },
    get cuts() {
      return plan.cuts;
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const wire of wires) wire.lose();
      await once(server, 'close');
    },
  };
}

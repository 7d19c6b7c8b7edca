// A TCP proxy between the service and PostgreSQL that recognizes commits, and can drop or delay them or their
// responses.

import { connect, type Socket } from 'node:net';
import { linkSockets, startTcpServer } from '../local-server.ts';

/** When the connection is cut: `before`: the COMMIT is lost; `after`: it is executed, but its response is lost. */
type Cut = 'before' | 'after';

export type PostgresProxy = AsyncDisposable & {
  /** The URL of the database through the proxy. */
  readonly url: string;
  /**
   * Cuts the connection at the next commit.
   * @param isFinal whether new connections are refused from then on, until `heal`
   */
  cutNextCommit(cut: Cut, isFinal?: boolean): void;
  /**
   * Cuts the connection instead of forwarding a chunk of data from the service.
   * @param index the number of the chunk, counted over all connections from 1
   */
  cutAtChunk(index: number): void;
  /** Delays the next commit until the returned function is called. */
  holdNextCommit(): () => void;
  /**
   * Calls back when the service has sent a statement with this text or name, before it is forwarded. What follows the
   * statement is forwarded when the promise of the callback resolves, if it returns one.
   * @param text as on the wire; `\0` ends a statement
   */
  onNext(text: string, callback: () => Promise<void> | void): void;
  /** Forwards new connections to the server of another database URL, as after a failover. */
  redirect(databaseUrl: string): void;
  /** Accepts connections again. */
  heal(): void;
  /** How often a connection was cut. */
  readonly cuts: number;
};

/** The message Query (postgresql.org/docs/18/protocol-message-formats.html). */
const commitMessage = Buffer.from('Q\0\0\0\x0bcommit\0', 'latin1');

/** The response CommandComplete to it. */
const committedMessage = Buffer.from('C\0\0\0\x0bCOMMIT\0', 'latin1');

/** The types of the messages that end a statement: Query and Sync. */
const endTypes = 'QS';

/** Returns the offset behind the statement that contains a text, in a chunk of whole messages. */
function findEndOfStatement(chunk: Buffer, text: string): number {
  const start = chunk.indexOf(text);
  for (let offset = 0; offset < chunk.length; ) {
    const end = offset + 1 + chunk.readInt32BE(offset + 1);
    if (end > start && endTypes.includes(String.fromCharCode(chunk.readUInt8(offset)))) return end;
    offset = end;
  }
  return chunk.length;
}

/** The faults to inject next. */
class FaultPlan {
  cut: { cut: Cut; isFinal: boolean } | undefined;
  gate: Promise<void> | undefined;
  awaited: { text: string; callback: () => Promise<void> | void } | undefined;
  isDown = false;
  cuts = 0;
  chunksUntilCut = Number.POSITIVE_INFINITY;

  /** Counts a chunk. Returns whether the connection is cut instead of forwarding it. */
  countChunk(): boolean {
    this.chunksUntilCut -= 1;
    if (this.chunksUntilCut !== 0) return false;
    this.cuts += 1;
    return true;
  }

  /** Returns what follows the awaited statement, and the promise that it waits for. */
  notify(chunk: Buffer): { rest: Buffer; until: Promise<void> } | undefined {
    if (!this.awaited || !chunk.includes(this.awaited.text)) return undefined;
    const { text, callback } = this.awaited;
    this.awaited = undefined;
    const until = callback();
    return until ? { rest: chunk.subarray(findEndOfStatement(chunk, text)), until } : undefined;
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

/** A connection of the service and the connection to PostgreSQL that it is forwarded to. */
class ProxiedConnection {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #plan: FaultPlan;
  /** Whether the response to the commit is dropped together with the connection. */
  #dropsResponse = false;

  constructor(client: Socket, upstream: Socket, plan: FaultPlan) {
    this.#client = client;
    this.#upstream = upstream;
    this.#plan = plan;
    client.on('data', (chunk) => this.#forward(chunk));
    upstream.on('data', (chunk) => {
      if (this.#dropsResponse && chunk.includes(committedMessage)) this.#cut();
      else client.write(chunk);
    });
    linkSockets(client, upstream);
  }

  #cut(): void {
    this.#client.resetAndDestroy();
    this.#upstream.destroy();
  }

  #forward(chunk: Buffer): void {
    const held = this.#plan.notify(chunk);
    if (held) {
      void held.until.then(() => this.#forwardCommit(held.rest));
      this.#forwardCommit(chunk.subarray(0, chunk.length - held.rest.length));
    } else if (this.#plan.countChunk()) {
      this.#cut();
    } else {
      this.#forwardCommit(chunk);
    }
  }

  /** Forwards a chunk. What precedes a commit is forwarded before the fault that concerns the commit. */
  #forwardCommit(chunk: Buffer): void {
    const start = chunk.indexOf(commitMessage);
    if (start < 0) {
      this.#upstream.write(chunk);
      return;
    }
    if (start > 0) this.#upstream.write(chunk.subarray(0, start));
    const commit = chunk.subarray(start);
    const gate = this.#plan.takeGate();
    const cut = gate ? undefined : this.#plan.takeCut();
    if (cut === 'before') {
      this.#cut();
      return;
    }
    this.#dropsResponse = cut === 'after';
    if (gate) void gate.then(() => this.#upstream.write(commit));
    else this.#upstream.write(commit);
  }
}

/** Starts a proxy in front of the server of a database URL. */
export async function startPostgresProxy(databaseUrl: string): Promise<PostgresProxy> {
  let upstream = new URL(databaseUrl);
  const plan = new FaultPlan();
  const server = await startTcpServer((client) => {
    if (plan.isDown) client.resetAndDestroy();
    else new ProxiedConnection(client, connect(Number(upstream.port), upstream.hostname), plan);
  });
  const url = new URL(databaseUrl);
  url.port = String(server.port);
  return {
    url: url.href,
    cutNextCommit: (cut, isFinal = false) => {
      plan.cut = { cut, isFinal };
    },
    cutAtChunk: (index) => {
      plan.chunksUntilCut = index;
    },
    holdNextCommit: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      plan.gate = promise;
      return resolve;
    },
    onNext: (text, callback) => {
      plan.awaited = { text, callback };
    },
    redirect: (target) => {
      upstream = new URL(target);
    },
    heal: () => {
      plan.isDown = false;
    },
    get cuts() {
      return plan.cuts;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

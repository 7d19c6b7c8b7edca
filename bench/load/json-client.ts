// A JSON client with a limited number of persistent connections.

import { Connection, type LoadRequest, type LoadTarget, serializeRequest } from './connection.ts';

/** Sends JSON requests to a server. Requests wait while all connections are in use. */
export class JsonClient implements Disposable {
  readonly #target: LoadTarget;
  readonly #connections: Connection[];
  readonly #idle: Connection[];
  readonly #waiting: ((connection: Connection) => void)[] = [];

  constructor(target: LoadTarget, connections: number) {
    this.#target = target;
    this.#connections = Array.from({ length: connections }, () => new Connection(target));
    this.#idle = [...this.#connections];
  }

  /** @throws Error the request fails, or its response is not a success */
  async get<Body>(path: string): Promise<Body> {
    return this.#send({ path });
  }

  /**
   * Sends a POST request, without a body if none is given.
   * @throws Error the request fails, or its response is not a success
   */
  async post<Body>(path: string, body = ''): Promise<Body> {
    return this.#send({ method: 'POST', path, body });
  }

  /** @throws Error the request fails, or its response is not a success */
  async put<Body>(path: string, body: string): Promise<Body> {
    return this.#send({ method: 'PUT', path, body });
  }

  [Symbol.dispose](): void {
    for (const connection of this.#connections) connection[Symbol.dispose]();
  }

  async #send<Body>(request: LoadRequest): Promise<Body> {
    const connection = this.#idle.pop() ?? (await new Promise<Connection>((resolve) => this.#waiting.push(resolve)));
    try {
      const { status, body } = await connection.send(serializeRequest(this.#target, request));
      if (status >= 200 && status < 300) return JSON.parse(body.toString()) as Body;
      throw new Error(`${request.method ?? 'GET'} ${request.path} returned status ${status}: ${body}`);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(connection);
      else this.#idle.push(connection);
    }
  }
}

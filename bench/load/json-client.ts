// A JSON client with persistent connections on `node:http`. It uses little CPU time, because client and service share
// the machine.

import { Agent, type IncomingMessage, request } from 'node:http';
import type { ServerUnderTest } from '../servers/server-under-test.ts';

/** Sends JSON requests to a server over a limited number of connections. */
export class JsonClient implements Disposable {
  readonly #target: Pick<ServerUnderTest, 'url' | 'headers'>;
  readonly #agent: Agent;

  constructor(target: Pick<ServerUnderTest, 'url' | 'headers'>, connections: number) {
    this.#target = target;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** @throws Error the request fails, or its response is not a success */
  async get<Body>(path: string): Promise<Body> {
    return JSON.parse(await this.#send('GET', path, undefined));
  }

  /**
   * Sends a POST request, without a body if none is given.
   * @throws Error the request fails, or its response is not a success
   */
  async post<Body>(path: string, body?: string): Promise<Body> {
    return JSON.parse(await this.#send('POST', path, body));
  }

  /** @throws Error the request fails, or its response is not a success */
  async put<Body>(path: string, body: string): Promise<Body> {
    return JSON.parse(await this.#send('PUT', path, body));
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  #send(method: string, path: string, body: string | undefined): Promise<string> {
    const { url, headers } = this.#target;
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const outgoing = request(url + path, { method, agent: this.#agent, headers: { ...type, ...headers } });
    outgoing.once('error', reject);
    outgoing.once('response', (response) => {
      readText(response, (text) => {
        const { statusCode = 0 } = response;
        if (statusCode >= 200 && statusCode < 300) resolve(text);
        else reject(new Error(`${method} ${path} returned status ${statusCode}: ${text}`));
      });
      response.once('error', reject);
    });
    outgoing.end(body);
    return promise;
  }
}

function readText(response: IncomingMessage, callback: (text: string) => void): void {
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    text += chunk;
  });
  response.once('end', () => callback(text));
}

// A client that costs little: JSON over kept connections, on Node's own `http`. What a client burns is missing to the
// service where both share a machine.

import { Agent, type IncomingMessage, request } from 'node:http';
import type { Candidate } from './candidate.ts';

export class JsonClient implements Disposable {
  readonly #target: Pick<Candidate, 'url' | 'headers'>;
  readonly #agent: Agent;

  constructor(target: Pick<Candidate, 'url' | 'headers'>, connections: number) {
    this.#target = target;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** @throws Error the answer is not a success, or does not come */
  async get<Body>(path: string): Promise<Body> {
    return JSON.parse(await this.#send('GET', path, undefined));
  }

  /**
   * Sends no body where none is given.
   * @throws Error the answer is not a success, or does not come
   */
  async post<Body>(path: string, body?: string): Promise<Body> {
    return JSON.parse(await this.#send('POST', path, body));
  }

  /** @throws Error the answer is not a success, or does not come */
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
    const sent = request(url + path, { method, agent: this.#agent, headers: { ...type, ...headers } });
    sent.once('error', reject);
    sent.once('response', (response) => {
      textOf(response, (text) => {
        const { statusCode = 0 } = response;
        if (statusCode >= 200 && statusCode < 300) resolve(text);
        else reject(new Error(`${method} ${path} was answered ${statusCode}: ${text}`));
      });
      response.once('error', reject);
    });
    sent.end(body);
    return promise;
  }
}

function textOf(response: IncomingMessage, take: (text: string) => void): void {
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    text += chunk;
  });
  response.once('end', () => take(text));
}

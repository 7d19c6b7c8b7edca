// A persistent HTTP/1.1 connection over a plain socket. A request costs the load generator a write, a read and little
// else, so that the server is the bottleneck although both share the machine.

import { connect, type Socket } from 'node:net';

/** A server and the headers that every request to it must have. */
export type LoadTarget = { url: string; headers: Record<string, string> };

/** A response. The body is valid until the next request of its connection. */
export type Response = { status: number; body: Buffer };

/** A request. @default method GET */
export type LoadRequest = { method?: 'GET' | 'POST' | 'PUT'; path: string; body?: string };

const receiveBytes = 65_536;

/** Serializes a request for {@link Connection.send}. Requests that are sent repeatedly are serialized once. */
export function serializeRequest(
  { url, headers }: LoadTarget,
  { method = 'GET', path, body = '' }: LoadRequest,
): Buffer {
  const content = body === '' ? {} : { 'Content-Type': 'application/json' };
  const length = method === 'GET' ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  const fields = Object.entries({ Host: new URL(url).host, ...headers, ...content, ...length });
  const head = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${head}\r\n${body}`);
}

type Pending = Pick<PromiseWithResolvers<Response>, 'resolve' | 'reject'>;

/** One connection with at most one request at a time. Responses need a Content-Length unless they have no body. */
export class Connection implements Disposable {
  readonly #socket: Socket;
  #pending: Pending | undefined;
  /** The received part of a response that is not complete yet. */
  #parts: Buffer[] = [];
  /** The number of missing bytes, once the head is known. */
  #missingBytes = 0;

  constructor({ url }: LoadTarget) {
    const { hostname, port } = new URL(url);
    const buffer = Buffer.allocUnsafe(receiveBytes);
    const onread = { buffer, callback: (length: number) => this.#receive(buffer.subarray(0, length)) };
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true, onread });
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error(`${url} closed a connection`)));
  }

  /**
   * Sends a serialized request.
   * @throws Error the connection fails, or the response has no length
   */
  send(request: Buffer): Promise<Response> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#socket.write(request);
    });
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #fail(error: Error): void {
    this.#pending?.reject(error);
    this.#pending = undefined;
  }

  #receive(chunk: Buffer): boolean {
    if (this.#parts.length > 0) {
      this.#parts.push(Buffer.from(chunk));
      this.#missingBytes -= chunk.length;
      if (this.#missingBytes <= 0) this.#parse(Buffer.concat(this.#parts.splice(0)));
    } else {
      this.#parse(chunk);
    }
    return true;
  }

  #parse(data: Buffer): void {
    const headBytes = data.indexOf('\r\n\r\n') + 4;
    const missingBytes = headBytes < 4 ? 1 : headBytes + readContentLength(data, headBytes) - data.length;
    if (missingBytes > 0) {
      this.#parts = [Buffer.from(data)];
      this.#missingBytes = missingBytes;
      return;
    }
    const pending = this.#pending;
    this.#pending = undefined;
    if (Number.isNaN(missingBytes)) pending?.reject(new Error(`a response has no Content-Length: ${data}`));
    else pending?.resolve({ status: Number(data.toString('latin1', 9, 12)), body: data.subarray(headBytes) });
  }
}

/** NaN if the head has no length. */
function readContentLength(data: Buffer, headBytes: number): number {
  return Number(/\ncontent-length: *(\d+)/i.exec(data.toString('latin1', 0, headBytes))?.[1]);
}

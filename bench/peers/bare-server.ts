// The HTTP part of the bare servers: `node:http` without a framework.

import { createServer, type IncomingMessage } from 'node:http';
import type { NewOrderInput } from '../../contract/schemas/order.ts';

/** The status and the body of a response. */
export type BareResponse = [status: number, body: object];

/** Reads the body of a request as a new order, which is not validated. */
export async function readBody(request: IncomingMessage): Promise<NewOrderInput> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

/**
 * Serves requests on a loopback port until SIGTERM.
 * @param close closes what the requests need, after the last connection
 */
export function serve(
  port: number,
  handle: (request: IncomingMessage) => Promise<BareResponse>,
  close: () => Promise<void> = async () => {},
): void {
  const server = createServer(async (request, response) => {
    const [status, body] = await handle(request);
    const text = JSON.stringify(body);
    const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) };
    response.writeHead(status, headers).end(text);
  });
  server.listen(port, '127.0.0.1');
  server.keepAliveTimeout = 120_000;
  process.once('SIGTERM', async () => {
    server.close();
    server.closeAllConnections();
    await close();
  });
}

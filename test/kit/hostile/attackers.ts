// The hostile callers of the campaign. Each has its own network address and, with authentication, its own principals.

import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { formatHead } from './raw-request.ts';

/** The service under attack, and the headers of one hostile principal. */
export type Target = { url: string; headers: Record<string, string> };

/** The responses that the attackers have received so far. */
export type AttackReport = { opened: number; closed: number; pages: number; refusals: number };

/** Time until a closed connection is opened again, and between two requests after a refusal. */
const retryMs = 500;

export class Attackers {
  readonly report: AttackReport = { opened: 0, closed: 0, pages: 0, refusals: 0 };

  /** Keeps connections open that send these requests and read no response. Connections that close are replaced. */
  holdUnread(target: Target, path: string, { connections, requests }: { connections: number; requests: number }): void {
    const head = formatHead(path, target.headers).repeat(requests);
    for (let count = 0; count < connections; count += 1) void this.#hold(target, '127.0.0.2', head);
  }

  /** Opens connections from one address and sends nothing. Connections that close are replaced. */
  holdIdle(target: Target, connections: number): void {
    for (let count = 0; count < connections; count += 1) void this.#hold(target, '127.0.0.3', '');
  }

  /** Sends many requests behind an event stream, and behind each other, without reading. */
  pipeline(target: Target, connections: number): void {
    const head = formatHead('/events/stream', target.headers) + formatHead('/stats', target.headers).repeat(5_000);
    for (let count = 0; count < connections; count += 1) void this.#hold(target, '127.0.0.4', head);
  }

  /** Sends almost all of the largest body, and then waits. */
  holdBodies(target: Target, connections: number): void {
    const headers = { ...target.headers, 'Content-Type': 'application/json', 'Content-Length': '262144' };
    const request = formatHead('/orders', headers, 'POST') + ' '.repeat(262_143);
    for (let count = 0; count < connections; count += 1) void this.#hold(target, '127.0.0.5', request);
  }

  /** Reads pages one after the other, as fast as the service sends them. */
  async readPages(target: Target, path: string): Promise<never> {
    const agent = new Agent({ keepAlive: true });
    for (;;) {
      const isPage = await readPage(target, path, agent).catch(() => false);
      if (isPage) this.report.pages += 1;
      else {
        this.report.refusals += 1;
        await pause(retryMs);
      }
    }
  }

  async #hold({ url }: Target, localAddress: string, bytes: string): Promise<never> {
    const { hostname: host, port } = new URL(url);
    for (;;) {
      const socket = connect({ host, port: Number(port), localAddress }).pause();
      this.report.opened += 1;
      socket.write(bytes);
      await waitForClose(socket);
      this.report.closed += 1;
      await pause(retryMs);
    }
  }
}

/** Returns whether the response was a complete page. Its content is discarded: the attackers take little CPU time. */
async function readPage({ url, headers }: Target, path: string, agent: Agent): Promise<boolean> {
  const responded = once(request(url + path, { agent, headers }).end(), 'response');
  const [response] = (await responded) as [IncomingMessage];
  await once(response.resume(), 'end');
  return response.statusCode === 200;
}

function waitForClose(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.on('error', () => {}).once('close', () => resolve()));
}

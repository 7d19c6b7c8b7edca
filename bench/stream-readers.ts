// Readers of streams, in a process of their own. Every byte is read; of some streams each message is looked at, of the
// others only the last: whoever looks at a million messages a second takes the CPU that is measured.

import { once } from 'node:events';
import { connect } from 'node:net';

export type ReadersOrder = {
  url: string;
  headers: Record<string, string>;
  /** What each stream asks for besides the path. */
  queries: string[];
  /** Of how many streams one is looked at closely. */
  closeEvery: number;
};

/** What was read since the last report. Latencies are counted from the moment in the event, before its commit. */
export type ReadersReport = {
  latenciesMs: number[];
  bytes: number;
  /** The least position that a stream has come to. */
  leastPosition: number;
  cpuMs: number;
};

/** Longer than any message. */
const tailBytes = 4_096;

let order: ReadersOrder;
let bytes = 0;
let latenciesMs: number[] = [];
let cpu = process.cpuUsage();
const tails: Buffer[] = [];

process.on('message', async (message: ReadersOrder | 'report') => {
  if (message !== 'report') {
    order = message;
    for (const index of order.queries.keys()) await open(index);
    process.send?.('open');
    return;
  }
  const { user, system } = process.cpuUsage(cpu);
  const leastPosition = Math.min(...tails.map(lastPositionIn));
  process.send?.({ latenciesMs, bytes, leastPosition, cpuMs: (user + system) / 1_000 } satisfies ReadersReport);
  cpu = process.cpuUsage();
  latenciesMs = [];
  bytes = 0;
});

/** Asks for a stream, and waits for its beginning. */
async function open(index: number): Promise<void> {
  const { hostname, port } = new URL(order.url);
  const socket = connect(Number(port), hostname);
  const headers = Object.entries({ Host: hostname, ...order.headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET /events/stream${order.queries[index]} HTTP/1.1\r\n${headers.join('')}\r\n`);
  const [beginning] = (await once(socket, 'data')) as [Buffer];
  if (!beginning.includes('HTTP/1.1 200 ')) throw new Error(`refused: ${beginning}`);
  tails[index] = beginning;
  const look = index % order.closeEvery === 0 ? closeLook() : undefined;
  socket.on('data', (chunk) => {
    bytes += chunk.length;
    const tail = chunk.length < tailBytes ? Buffer.concat([tails[index] ?? chunk, chunk]) : chunk;
    tails[index] = tail.subarray(-tailBytes);
    look?.(chunk);
  });
  socket.once('close', () => {
    throw new Error(`a stream has ended: ${tails[index]}`);
  });
}

function lastPositionIn(tail: Buffer): number {
  const text = tail.toString('latin1');
  return Number(/^id: (\d+)\n/.exec(text.slice(text.lastIndexOf('id: ', text.lastIndexOf('\n\n'))))?.[1] ?? 0);
}

const mark = '"timestamp":"';
const momentLength = '2026-05-04T10:15:30.000Z'.length;

/** Takes the time of every message that is whole. */
function closeLook(): (chunk: Buffer) => void {
  let rest = '';
  return (chunk) => {
    const now = Date.now();
    const messages = (rest + chunk.toString('latin1')).split('\n\n');
    rest = messages.pop() ?? '';
    for (const message of messages) {
      const index = message.indexOf(mark) + mark.length;
      if (index >= mark.length) latenciesMs.push(now - Date.parse(message.slice(index, index + momentLength)));
    }
  };
}

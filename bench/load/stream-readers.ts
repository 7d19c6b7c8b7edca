// Reads event streams in a child process. It reads every byte, but parses all messages of some streams only, and the
// last message of the others: parsing a million messages per second would take CPU time from the service.

import { once } from 'node:events';
import { connect } from 'node:net';

/** The streams to open. */
export type ReadersSetup = {
  url: string;
  headers: Record<string, string>;
  /** The query of each stream. */
  queries: string[];
  /** All messages are parsed in one of so many streams. */
  parseEvery: number;
};

/** Measurements since the last report. Latencies start at the timestamp of the event, which precedes its commit. */
export type ReadersReport = {
  latenciesMs: number[];
  bytes: number;
  /** The position that the slowest stream has reached. */
  leastPosition: number;
  cpuMs: number;
};

/** More than the size of any message. */
const tailBytes = 4_096;

let setup: ReadersSetup;
let bytes = 0;
let latenciesMs: number[] = [];
let cpu = process.cpuUsage();
const tails: Buffer[] = [];

process.on('message', async (message: ReadersSetup | 'report') => {
  if (message !== 'report') {
    setup = message;
    for (const index of setup.queries.keys()) await open(index);
    process.send?.('open');
    return;
  }
  const { user, system } = process.cpuUsage(cpu);
  const leastPosition = Math.min(...tails.map(findLastPosition));
  process.send?.({ latenciesMs, bytes, leastPosition, cpuMs: (user + system) / 1_000 } satisfies ReadersReport);
  cpu = process.cpuUsage();
  latenciesMs = [];
  bytes = 0;
});

/** Opens a stream and waits for the first bytes of the response. */
async function open(index: number): Promise<void> {
  const { hostname, port } = new URL(setup.url);
  const socket = connect(Number(port), hostname);
  const headers = Object.entries({ Host: hostname, ...setup.headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET /events/stream${setup.queries[index]} HTTP/1.1\r\n${headers.join('')}\r\n`);
  const [firstChunk] = (await once(socket, 'data')) as [Buffer];
  if (!firstChunk.includes('HTTP/1.1 200 ')) throw new Error(`the stream was rejected: ${firstChunk}`);
  tails[index] = firstChunk;
  const recordLatencies = index % setup.parseEvery === 0 ? createLatencyRecorder() : undefined;
  socket.on('data', (chunk) => {
    bytes += chunk.length;
    const tail = chunk.length < tailBytes ? Buffer.concat([tails[index] ?? chunk, chunk]) : chunk;
    tails[index] = tail.subarray(-tailBytes);
    recordLatencies?.(chunk);
  });
  socket.once('close', () => {
    throw new Error(`a stream was closed: ${tails[index]}`);
  });
}

function findLastPosition(tail: Buffer): number {
  const text = tail.toString('latin1');
  return Number(/^id: (\d+)\n/.exec(text.slice(text.lastIndexOf('id: ', text.lastIndexOf('\n\n'))))?.[1] ?? 0);
}

const timestampPrefix = '"timestamp":"';
const timestampLength = '2026-05-04T10:15:30.000Z'.length;

/** Returns a function that takes chunks of a stream and records the latency of each complete message. */
function createLatencyRecorder(): (chunk: Buffer) => void {
  let rest = '';
  return (chunk) => {
    const now = Date.now();
    const messages = (rest + chunk.toString('latin1')).split('\n\n');
    rest = messages.pop() ?? '';
    for (const message of messages) {
      const start = message.indexOf(timestampPrefix) + timestampPrefix.length;
      if (start < timestampPrefix.length) continue;
      latenciesMs.push(now - Date.parse(message.slice(start, start + timestampLength)));
    }
  };
}

// A DNS server on a loopback port with a few records. It sends NXDOMAIN for other names.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import ipaddr from 'ipaddr.js';

/** The addresses of names, by record type. A query for a type that is not listed gets no response. */
export type Zone = Record<string, { A?: string[]; AAAA?: string[] }>;

export type DnsServer = AsyncDisposable & {
  /** Host and port, as `Resolver.setServers` expects it. */
  readonly address: string;
  /** All questions so far, as in `A receiver.example`. */
  readonly questions: string[];
};

const typeByCode: Record<number, 'A' | 'AAAA'> = { 1: 'A', 28: 'AAAA' };
/** Flags of a response: NXDOMAIN, and no error (RFC 1035, section 4.1.1). */
const noSuchName = 0x8183;
const noError = 0x8180;

/** Starts a DNS server for the names of a zone. */
export async function startDnsServer(zone: Zone): Promise<DnsServer> {
  const socket: Socket = createSocket('udp4');
  const questions: string[] = [];
  socket.on('message', (query, { port, address }) => {
    const { name, code, end } = parseQuestion(query);
    const type = typeByCode[code] ?? 'A';
    questions.push(`${type} ${name}`);
    const entry = zone[name];
    const addresses = entry ? entry[type] : [];
    if (!addresses) return;
    const head = Buffer.alloc(12);
    query.copy(head, 0, 0, 2);
    head.writeUInt16BE(entry ? noError : noSuchName, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(addresses.length, 6);
    const records = addresses.map((text) => encodeRecord(code, ipaddr.parse(text).toByteArray()));
    socket.send(Buffer.concat([head, query.subarray(12, end), ...records]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    questions,
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

/** Parses the question of a query (RFC 1035, section 4.1.2). `end` is the offset behind it. */
function parseQuestion(query: Buffer): { name: string; code: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), code: query.readUInt16BE(at + 1), end: at + 5 };
}

/** Encodes an address as a record of the name in the question (RFC 1035, section 4.1.3), with a TTL of 60 seconds. */
function encodeRecord(code: number, bytes: number[]): Buffer {
  return Buffer.from([0xc0, 0x0c, 0, code, 0, 1, 0, 0, 0, 60, 0, bytes.length, ...bytes]);
}

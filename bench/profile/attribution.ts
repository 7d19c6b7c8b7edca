// Attributes the frames of a CPU profile to parts of the service. A frame of a library or of Node belongs to the part
// of its nearest caller that has one.

/** The parts of the CPU time of a life, in the order in which they are reported. */
export const lifeParts = [
  'HTTP and contract',
  'commands',
  'MikroORM',
  'SQL statements',
  'commit',
  'queue and validation',
  'garbage collection',
  'other',
] as const;

/** A part of the CPU time of a life. */
export type LifePart = (typeof lifeParts)[number];

/** A frame of a CPU profile. The URL is empty for native functions. */
export type CallFrame = { functionName: string; url: string };

/** Functions that wait for work, and the part of functions that V8 reports without a caller. */
const specialFrames: Record<string, LifePart | 'idle'> = {
  '(idle)': 'idle',
  // The loop in which a thread of piscina sleeps until it has work.
  atomicsWaitLoop: 'idle',
  '(garbage collector)': 'garbage collection',
  // Time outside of JavaScript, which is spent on sockets for the most part.
  '(program)': 'HTTP and contract',
  // These functions call the database, in which the sync blocks: in the service, its writing thread, and the peers.
  commitTransaction: 'commit',
  '#commit': 'commit',
};

/** The first pattern that the URL of a frame matches decides. */
const urlPatterns: readonly (readonly [pattern: RegExp, part: LifePart])[] = [
  [/\/node_modules\/@mikro-orm\/|\/server\/database\/(orm|bulk\/orm-driver|.*\/orm-driver)\.ts/, 'MikroORM'],
  [/\/node_modules\/(better-sqlite3|kysely|pg|pg-pool|pg-protocol|pg-types)\//, 'SQL statements'],
  [/\/server\/database\//, 'SQL statements'],
  [/\/server\/(commands|domain|events)\/|\/node_modules\/uuid\//, 'commands'],
  [
    /\/server\/(validation|webhooks)\/|\/node_modules\/(piscina|pg-boss|graphile-worker|@marcbachmann)\//,
    'queue and validation',
  ],
  [/\/(server\/http|server\/auth|contract)\//, 'HTTP and contract'],
  [/\/node_modules\/(zod|@ts-rest|express|router|body-parser|pino)\//, 'HTTP and contract'],
  [/^node:_http/, 'HTTP and contract'],
];

/** Sockets and streams of Node. They serve HTTP unless a caller belongs to another part, such as a database driver. */
const socketPattern = /^node:(net|stream|internal\/(http|stream|js_stream))/;

/** Whether a frame belongs to a socket or a stream. */
export function isSocketFrame({ url }: CallFrame): boolean {
  return socketPattern.test(url);
}

/** In the peers of the benchmark, SQL statements are native calls of the functions that execute them. */
const peerPattern = /\/bench\/peers\//;
const peerHttpFunctions = ['toOrder', 'readBody', 'handle'];

/** Returns the part of a frame; undefined if its caller decides. */
export function attributeFrame({ functionName, url }: CallFrame): LifePart | 'idle' | undefined {
  const special = specialFrames[functionName];
  if (special !== undefined) return special;
  if (peerPattern.test(url)) {
    if (functionName === '') return undefined;
    return peerHttpFunctions.includes(functionName) ? 'HTTP and contract' : 'SQL statements';
  }
  return urlPatterns.find(([pattern]) => pattern.test(url))?.[1];
}

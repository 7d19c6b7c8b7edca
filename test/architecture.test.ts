// The house keeps its walls: who may import whom, and how large a file may become.

import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const sources = globSync('{contract,server,client,web,test,bench}/**/*.{ts,tsx}', { cwd: root }).filter(
  (path) => !path.startsWith('web/dist'),
);

/** What a file imports: paths from the root for our own files, names for packages. */
function importsOf(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8');
  const specifiers = [...text.matchAll(/^(?:import|export) (?:[^'";]*? from )?'([^']+)'/gm)].map(
    ([, name]) => name ?? '',
  );
  return specifiers.map((name) => (name.startsWith('.') ? relative(root, join(root, dirname(path), name)) : name));
}

/** The room that a path lies in; the rooms of the server are told apart. */
function roomOf(path: string): string {
  const [first = '', second = '', ...rest] = path.split('/');
  return first === 'server' && rest.length > 0 ? `server/${second}` : first;
}

/** Which rooms each room may import from, besides itself. */
const ladder: Record<string, string[]> = {
  contract: [],
  client: ['contract'],
  web: ['client'],
  'server/store': ['contract'],
  'server/events': ['contract', 'server/store'],
  'server/webhooks': ['contract', 'server/store', 'server/events'],
  'server/validation': ['contract', 'server/store', 'server/events'],
  'server/orders': ['contract', 'server/store', 'server/events', 'server/validation'],
  'server/moving': ['contract', 'server/store'],
  'server/tokens': ['contract'],
  'server/commands': ['contract', 'server/store', 'server/validation', 'server/orders', 'server/webhooks'],
  'server/http': [
    ...['contract', 'server/store', 'server/events', 'server/validation', 'server/orders', 'server/commands'],
    ...['server/tokens', 'server/webhooks'],
  ],
};

/** Files of the server that every room may import. */
const shared = [
  'server/loopback.ts',
  'server/periodically.ts',
  'server/work-loop.ts',
  'server/problem.ts',
  'server/recent-map.ts',
  'server/start-error.ts',
];

const rooms = Object.keys(ladder);

describe.each(rooms)('%s', (room) => {
  const files = sources.filter((path) => roomOf(path) === room);

  test('exists', () => expect(files.length).toBeGreaterThan(0));

  test('imports only from the rooms below it', () => {
    const allowed = [room, ...(ladder[room] ?? [])];
    const wrong = files.flatMap((path) =>
      importsOf(path)
        .filter((target) => /^(contract|server|client|web|test|bench)\//.test(target))
        .filter(
          (target) => !allowed.includes(roomOf(target)) && !(room.startsWith('server') && shared.includes(target)),
        )
        .map((target) => `${path} → ${target}`),
    );
    expect(wrong).toEqual([]);
  });
});

test('the contract imports zod and ts-rest alone', () => {
  const packages = sources
    .filter((path) => roomOf(path) === 'contract')
    .flatMap(importsOf)
    .filter((name) => !name.startsWith('contract/'));
  expect([...new Set(packages)].sort()).toEqual(['@ts-rest/core', 'zod']);
});

test('ts-rest is known to the seam and to what reads the contract, and the environment to processes', () => {
  const files = sources.filter((path) => path.startsWith('server/'));
  const knowing = files.filter((path) => importsOf(path).some((name) => name.startsWith('@ts-rest/')));
  expect(knowing.sort()).toEqual([
    'server/http/endpoints.ts',
    'server/http/faults.ts',
    'server/http/openapi.ts',
    'server/http/problem-responses.ts',
  ]);
  const reading = files.filter((path) => /process\.env\b/.test(readFileSync(join(root, path), 'utf8')));
  expect(reading.sort()).toEqual(['server/main.ts', 'server/mint-token.ts', 'server/move-data.ts']);
});

test.each([
  ['server/store/sqlite', ['better-sqlite3', '@mikro-orm/sqlite']],
  ['server/store/postgres', ['pg', '@mikro-orm/postgresql']],
])('only %s knows its driver', (home, packages) => {
  const knowing = sources.filter((path) => importsOf(path).some((name) => packages.includes(name)));
  expect(knowing.filter((path) => path.startsWith('server/') && !path.startsWith(home))).toEqual([]);
});

test('no file outside of the tests has more than 200 lines', () => {
  const long = sources.filter((path) => readFileSync(join(root, path), 'utf8').split('\n').length > 200);
  expect(long.filter((path) => !path.startsWith('test/'))).toEqual([]);
});

test('every file says at its top what it promises', () => {
  expect(sources.filter((path) => !readFileSync(join(root, path), 'utf8').startsWith('// '))).toEqual([]);
});

/** Comments, and the prose of documents: no code, and no tables, which cannot be broken. */
function proseOf(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8');
  if (!path.endsWith('.md')) return text.split('\n').filter((line) => /^\s*(\/\/|\/?\*)/.test(line));
  const withoutCode = text.replace(/^```.*?^```$/gms, '');
  return withoutCode.split('\n').filter((line) => !line.startsWith('|'));
}

test('no line is wider than 120 characters, but for code and tables', () => {
  const documents = globSync(['*.md', 'docs/**/*.md', 'test/**/*.md'], { cwd: root });
  expect(documents.length).toBeGreaterThan(10);
  const wide = [...sources, ...documents].flatMap((path) =>
    proseOf(path)
      .filter((line) => [...line].length > 120)
      .map((line) => `${path}: ${line}`),
  );
  expect(wide).toEqual([]);
});

// The structure of the repository: which folder may import which, no import cycles, and limits on files and folders.

import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const sources = globSync('{contract,server,client,web,test,bench,examples}/**/*.{ts,tsx}', { cwd: root }).filter(
  (path) => !/^(web|client)\/(dist|release)\/|^test\/foreign-clients\//.test(path),
);

/** Files that `npm run generate` writes. */
const isGenerated = (path: string) => path.startsWith('client/generated/');

/** Static, type-only and dynamic imports, and re-exports. */
const importPatterns = [/^(?:import|export) (?:[^'";]*? from )?'([^']+)'/gm, /\bimport\('([^']+)'\)/g];

/** Returns what a file imports: paths from the root for files of this repository, names for packages. */
function findImports(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8');
  const specifiers = importPatterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([, name]) => name ?? ''));
  return specifiers.map((name) => (name.startsWith('.') ? relative(root, join(root, dirname(path), name)) : name));
}

const imports = new Map(sources.map((path) => [path, findImports(path)]));

function importsOf(path: string): string[] {
  return imports.get(path) ?? [];
}

/** Returns the layer of a path: the top folder, or `server/` and its folder or root file. */
function toLayer(path: string): string {
  const [first = '', second = ''] = path.split('/');
  return first === 'server' ? `server/${second}` : first;
}

/** The layers that each layer may import, besides itself. */
const allowedImports: Record<string, readonly string[]> = {
  contract: [],
  client: ['contract'],
  web: [],
  'server/shared': [],
  'server/domain': ['contract'],
  'server/config': ['contract', 'server/shared'],
  'server/database': ['contract', 'server/domain', 'server/shared'],
  'server/commands': ['contract', 'server/domain', 'server/database', 'server/shared'],
  'server/events': ['contract', 'server/domain', 'server/database', 'server/shared'],
  'server/validation': ['contract', 'server/domain', 'server/database', 'server/shared'],
  'server/webhooks': ['contract', 'server/domain', 'server/database', 'server/config', 'server/shared'],
  'server/auth': ['contract', 'server/domain', 'server/config', 'server/shared'],
  'server/http': [
    ...['contract', 'server/domain', 'server/commands', 'server/database', 'server/events', 'server/validation'],
    ...['server/webhooks', 'server/auth', 'server/config', 'server/shared'],
  ],
  'server/cli': ['contract', 'server/auth', 'server/config', 'server/database', 'server/shared'],
  'server/service.ts': [
    ...['contract', 'server/domain', 'server/commands', 'server/database', 'server/events', 'server/validation'],
    ...['server/webhooks', 'server/auth', 'server/http', 'server/config', 'server/shared'],
  ],
  'server/main.ts': ['server/service.ts', 'server/config', 'server/shared'],
};

test('every folder and root file of contract, client, web and server is a known layer', () => {
  const layers = new Set(sources.map(toLayer).filter((layer) => !['test', 'bench', 'examples'].includes(layer)));
  expect([...layers].sort()).toEqual(Object.keys(allowedImports).sort());
});

describe.each(Object.keys(allowedImports))('%s', (layer) => {
  test(`${layer} imports only the layers below it`, () => {
    const allowed = [layer, ...(allowedImports[layer] ?? [])];
    const wrong = sources
      .filter((path) => toLayer(path) === layer)
      .flatMap((path) => importsOf(path).map((target) => [path, target] as const))
      .filter(([, target]) => /^(contract|server|client|web|test|bench)\//.test(target))
      .filter(([, target]) => !allowed.includes(toLayer(target)))
      .map(([path, target]) => `${path} → ${target}`);
    expect(wrong).toEqual([]);
  });
});

test('the import graph has no cycle, with type-only and dynamic imports counted', () => {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
      return;
    }
    if (done.has(path)) return;
    for (const target of importsOf(path)) if (imports.has(target)) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of sources) visit(path, []);
  expect(cycles).toEqual([]);
});

test('the contract imports zod and ts-rest only', () => {
  const packages = sources
    .filter((path) => toLayer(path) === 'contract')
    .flatMap(importsOf)
    .filter((name) => !name.startsWith('contract/'));
  expect([...new Set(packages)].sort()).toEqual(['@ts-rest/core', 'zod']);
});

test('the SDK imports zod and ts-rest in its generator only, and no module of Node', () => {
  const files = sources.filter(
    (path) => toLayer(path) === 'client' && !/^client\/(generator\/|release\.ts)/.test(path),
  );
  const packages = [...reachable(files)].flatMap(importsOf).filter((name) => !/^(contract|client)\//.test(name));
  expect([...new Set(packages)].sort()).toEqual(['eventsource-parser', 'standardwebhooks']);
});

/** Returns these files and all files that they import, directly or not. Imports of types alone count too. */
function reachable(files: readonly string[], found = new Set<string>()): Set<string> {
  for (const path of files.filter((file) => imports.has(file) && !found.has(file))) {
    found.add(path);
    reachable(importsOf(path), found);
  }
  return found;
}

test('the console imports the SDK by the name of its package', () => {
  const packages = sources.filter((path) => toLayer(path) === 'web').flatMap(importsOf);
  expect(packages).toContain('@order-workflow/client');
});

test('server/domain imports no package except Node utilities', () => {
  const packages = sources
    .filter((path) => toLayer(path) === 'server/domain')
    .flatMap(importsOf)
    .filter((name) => !/^(contract|server)\//.test(name));
  expect([...new Set(packages)]).toEqual(['node:util']);
});

test('ts-rest is imported by its adapter, the OpenAPI document and the problem mapping only', () => {
  const users = sources.filter(
    (path) => path.startsWith('server/') && importsOf(path).some((name) => name.startsWith('@ts-rest/')),
  );
  expect(users.filter((path) => !/^server\/http\/(routing|docs|problems)\//.test(path))).toEqual([]);
  expect(users.length).toBeGreaterThan(0);
});

test('process.env is read by process entry files only', () => {
  const readers = sources.filter(
    (path) => path.startsWith('server/') && /process\.env\b/.test(readFileSync(join(root, path), 'utf8')),
  );
  expect(readers.sort()).toEqual(['server/cli/token.ts', 'server/cli/transfer.ts', 'server/main.ts']);
});

test.each([
  ['server/database/sqlite', ['better-sqlite3', '@mikro-orm/sqlite']],
  ['server/database/postgres', ['pg', '@mikro-orm/postgresql']],
])('only %s imports its database driver', (home, packages) => {
  const users = sources.filter((path) => importsOf(path).some((name) => packages.includes(name)));
  expect(users.filter((path) => path.startsWith('server/') && !path.startsWith(home))).toEqual([]);
});

test('no folder outside test/ holds more than 15 files', () => {
  const folders = Map.groupBy(
    sources.filter((path) => !path.startsWith('test/')),
    dirname,
  );
  const large = [...folders].filter(([, files]) => files.length > 15).map(([folder, files]) => [folder, files.length]);
  expect(large).toEqual([]);
});

test('no file outside test/ has more than 200 lines', () => {
  const long = sources.filter(
    (path) => !isGenerated(path) && readFileSync(join(root, path), 'utf8').split('\n').length > 200,
  );
  expect(long.filter((path) => !path.startsWith('test/'))).toEqual([]);
});

test('every file begins with a comment that says what it holds', () => {
  expect(sources.filter((path) => !readFileSync(join(root, path), 'utf8').startsWith('// '))).toEqual([]);
});

/** Returns comments, and the prose of documents without code and tables. */
function findProse(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8');
  if (!path.endsWith('.md')) return text.split('\n').filter((line) => /^\s*(\/\/|\/?\*)/.test(line));
  const withoutCode = text.replace(/^```.*?^```$/gms, '');
  return withoutCode.split('\n').filter((line) => !line.startsWith('|'));
}

test('no line of prose is wider than 120 characters', () => {
  const documents = globSync(['*.md', '{client,examples}/*.md', 'docs/**/*.md', 'test/**/*.md'], {
    cwd: root,
    exclude: ['**/node_modules/**'],
  });
  expect(documents.length).toBeGreaterThan(10);
  const wide = [...sources, ...documents].flatMap((path) =>
    findProse(path)
      .filter((line) => [...line].length > 120)
      .map((line) => `${path}: ${line}`),
  );
  expect(wide).toEqual([]);
});

test('an exported name is declared once, apart from migrations of both databases and generated types', () => {
  const pattern = /^export (?:async )?(?:abstract )?(?:function\*?|class|const|let|type|interface|enum) (\w+)/gm;
  const exported = sources
    .filter((path) => !path.includes('/migrations/') && !isGenerated(path))
    .flatMap((path) =>
      [...readFileSync(join(root, path), 'utf8').matchAll(pattern)].map(([, name]) => ({ name, path })),
    );
  const names = Map.groupBy(exported, ({ name }) => name);
  expect(names.size).toBeGreaterThan(500);
  const files = [...names].map(([name, found]) => [name, [...new Set(found.map(({ path }) => path))]] as const);
  expect(files.filter(([, paths]) => paths.length > 1)).toEqual([]);
});

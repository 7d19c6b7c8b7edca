// The documents of the repository: every file and heading that they refer to exists.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const documents = globSync(
  ['*.md', 'client/README.md', 'examples/README.md', 'docs/**/*.md', 'test/README.md', 'test/kit/README.md'],
  {
    cwd: root,
  },
);

function readDocument(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function findAll(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found]) => found ?? '');
}

/** Removes code blocks, whose links and paths are examples. */
function removeCodeBlocks(text: string): string {
  return text.replace(/^```.*?^```$/gms, '');
}

/** Returns the anchors of the headings, formed as GitHub does. */
function findAnchors(path: string): string[] {
  const headings = findAll(removeCodeBlocks(readDocument(path)), /^#+ (.+)$/gm);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Returns the targets of relative links and images. A link text may be broken into two lines. */
function findLinks(path: string): string[] {
  const targets = findAll(removeCodeBlocks(readDocument(path)), /\]\(([^)\s]+)\)/g);
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

const folders = ['contract', 'client', 'web', 'server', 'test', 'bench', 'docs'];

/** Paths in code: those that begin with a folder of the repository, or end like a source file or document. */
const pathPattern = new RegExp(`^(?:(?:${folders.join('|')})/[\\w./*{},-]*|[\\w./-]+\\.(?:tsx?|md|ya?ml))$`);

/** Returns the paths in inline code, each without a trailing slash. */
function findPaths(path: string): string[] {
  const spans = findAll(removeCodeBlocks(readDocument(path)), /`([^`\n]+)`/g);
  return spans.filter((span) => pathPattern.test(span)).map((span) => span.replace(/\/$/, ''));
}

test('every relative link of the documents leads to an existing file and heading', () => {
  const links = documents.flatMap((path) => findLinks(path).map((target) => ({ path, target })));
  expect(links.length).toBeGreaterThan(50);
  const broken = links.filter(({ path, target }) => {
    const [file = '', anchor] = target.split('#');
    const linked = file === '' ? path : relative(root, resolve(root, dirname(path), file));
    if (!existsSync(join(root, linked))) return true;
    return anchor !== undefined && !findAnchors(linked).includes(anchor);
  });
  expect(broken).toEqual([]);
});

/** Names in code that look like a file of the repository and are examples. */
const examples = ['example.ts', 'receiver.ts', '002-department.ts'];

const files = globSync('{contract,server,client,web,test,bench,docs,.github}/**/*', {
  cwd: root,
  exclude: ['**/node_modules/**'],
});

/** Whether a path exists: from the root, from the folder of the document, or as the end of the path of a file. */
function exists(path: string, document: string): boolean {
  const places = [path, join(dirname(document), path)];
  if (places.some((place) => existsSync(join(root, place)))) return true;
  return files.some((file) => file.endsWith(`/${path}`));
}

test('every path in the text and tables of the documents exists', () => {
  const named = documents.flatMap((document) => findPaths(document).map((path) => ({ document, path })));
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter(({ document, path }) => !examples.includes(path) && !exists(path, document))).toEqual([]);
});

/** Returns the requirements of the table of security requirements: numbers, result and evidence of each row. */
function readRequirements(): { numbers: string; result: string; evidence: string }[] {
  const rows = readDocument('docs/security.md').matchAll(/^\| (\d+\.\d+\.\d+[^|]*) \| ([a-z ]+) \| ([^|]*) ?\|$/gm);
  return [...rows].map(([, numbers = '', result = '', evidence = '']) => ({ numbers, result, evidence }));
}

test('every security requirement that is met names a test file or a document, and every result is defined', () => {
  const rows = readRequirements();
  expect(rows.length).toBeGreaterThan(100);
  expect(rows.filter(({ result }) => !['met', 'partly', 'not met', 'operator'].includes(result))).toEqual([]);
  const unproven = rows.filter(({ result, evidence }) => {
    const paths = findAll(evidence, /`(test\/[^`]+\.test\.ts)`/g);
    return (
      result === 'met' &&
      (paths.length > 0 ? !paths.every((path) => existsSync(join(root, path))) : !/\]\(/.test(evidence))
    );
  });
  expect(unproven).toEqual([]);
});

// The strict JSON parser: texts that other parsers may read differently are rejected with a pointer, and all other
// texts are parsed as JSON.parse parses them.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FieldError } from '../../contract/problems/problem-table.ts';
import { RequestProblem } from '../../server/domain/problem.ts';
import { parseJson } from '../../server/http/request/strict-json.ts';

/** A JSON value. Strings, numbers and literals are JSON text already. */
type Tree = { members: [name: string, value: Tree][] } | { entries: Tree[] } | string;

const anyText = fc.string({ unit: 'grapheme', maxLength: 8 }).filter((text) => !text.includes('\0'));
const anyName = anyText.filter((text) => text !== '__proto__');

/** Serializes a string, with escapes for all characters or only where JSON requires them. */
function serializeString(text: string, isEscaped: boolean): string {
  if (!isEscaped) return JSON.stringify(text);
  const codes = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index).toString(16).padStart(4, '0'));
  return `"${codes.map((code) => `\\u${code}`).join('')}"`;
}

const anyNumber = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.maxSafeInteger().map(String),
  fc.constantFrom('-0', '-0.0', '1.0', '1E+2', '100e-2', '0e999', '1.50000000000000000', '9007199254740994', '1e23'),
);

const anyAtom = fc.oneof(
  anyNumber,
  fc.constantFrom('true', 'false', 'null'),
  fc.tuple(anyText, fc.boolean()).map(([text, isEscaped]) => serializeString(text, isEscaped)),
);

const { tree: anyTree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    anyAtom,
    fc.array(tie('tree'), { maxLength: 4 }).map((entries) => ({ entries })),
    fc
      .uniqueArray(fc.tuple(anyName, tie('tree')), { maxLength: 4, selector: ([name]) => name })
      .map((members) => ({ members })),
  ),
}));

const anySpace = fc.constantFrom('', ' ', '\n\t ');

function serialize(tree: Tree, space: string, areNamesEscaped: boolean): string {
  if (typeof tree === 'string') return space + tree + space;
  const write = (value: Tree) => serialize(value, space, areNamesEscaped);
  if ('entries' in tree) return `${space}[${tree.entries.map(write).join(',') || space}]${space}`;
  const members = tree.members.map(
    ([name, value]) =>
      `${space}${serializeString(name, areNamesEscaped || !name.isWellFormed())}${space}:${write(value)}`,
  );
  return `${space}{${members.join(',') || space}}${space}`;
}

/** Returns the errors of a text; undefined if it is accepted. */
function collectErrors(text: string): FieldError[] | undefined {
  try {
    parseJson(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof RequestProblem) || error.code !== 'invalid-request') throw error;
    return error.members.errors as FieldError[];
  }
}

type Place = { tree: Exclude<Tree, string>; pointer: string; depth: number };

/** Lists all arrays and objects in a tree. */
function listPlaces(tree: Tree, pointer = '', depth = 1): Place[] {
  if (typeof tree === 'string') return [];
  const children: [string | number, Tree][] = 'entries' in tree ? [...tree.entries.entries()] : tree.members;
  return [
    { tree, pointer, depth },
    ...children.flatMap(([key, child]) => listPlaces(child, pointer + toPointerStep(key), depth + 1)),
  ];
}

/** Formats a key as a step of a JSON pointer. */
function toPointerStep(key: string | number): string {
  return `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1').toWellFormed()}`;
}

/** A text with an inserted defect, and the pointer to the defect. */
type DefectiveText = { text: string; pointer: string };

/** Inserts a defect into an array or object, and returns the keys that lead from there to the defect. */
type InsertDefect = (place: Place, seed: number) => (string | number)[];

/** Generates random texts into which `insertDefect` has inserted a defect at a random place. */
function generateDefects(insertDefect: InsertDefect): fc.Arbitrary<DefectiveText> {
  const root = fc.oneof(
    anyTree.map((tree) => ({ entries: [tree] })),
    anyTree.map((tree) => ({ members: [['root', tree]] as [string, Tree][] })),
  );
  return fc
    .tuple(root, fc.nat(), fc.nat(), anySpace, fc.boolean())
    .map(([tree, which, seed, space, areNamesEscaped]) => {
      const copy = structuredClone(tree);
      const places = listPlaces(copy);
      const place = places[which % places.length] as Place;
      const pointer = place.pointer + insertDefect(place, seed).map(toPointerStep).join('');
      return { text: serialize(copy, space, areNamesEscaped), pointer };
    });
}

/** Inserts a value at an index that depends on the seed, and returns its key. */
function insertValue({ tree }: Place, value: Tree, seed: number): string | number {
  if ('entries' in tree) {
    const index = seed % (tree.entries.length + 1);
    tree.entries.splice(index, 0, value);
    return index;
  }
  const name = `inserted ${seed}`;
  tree.members.splice(seed % (tree.members.length + 1), 0, [name, value]);
  return name;
}

/** Inserts members into an object, or an object with these members into an array. */
function insertMembers(place: Place, names: string[], seed: number): (string | number)[] {
  const { tree } = place;
  const members = names.map((name): [string, Tree] => [name, '1']);
  const [first = ''] = names;
  if ('entries' in tree) return [insertValue(place, { members }, seed), first];
  tree.members.splice(seed % (tree.members.length + 1), 0, ...members);
  return [first];
}

function expectError({ text, pointer }: DefectiveText, detail: RegExp): void {
  expect(collectErrors(text)).toEqual([{ pointer, detail: expect.stringMatching(detail) }]);
}

function check<Value>(arbitrary: fc.Arbitrary<Value>, predicate: (value: Value) => void): void {
  fc.assert(
    fc.property(arbitrary, (value) => {
      predicate(value);
    }),
    { numRuns: 500 },
  );
}

describe('a JSON text', () => {
  test('an unambiguous JSON text is parsed as JSON.parse parses it', () => {
    check(fc.tuple(anyTree, anySpace, fc.boolean()), ([tree, space, areNamesEscaped]) => {
      const text = serialize(tree, space, areNamesEscaped);
      expect(parseJson(text)).toEqual(JSON.parse(text));
    });
  });

  test('a damaged JSON text is rejected or parsed as JSON.parse parses it', () => {
    const damage = fc.record({
      tree: anyTree,
      at: fc.nat(),
      length: fc.nat({ max: 3 }),
      insert: fc.constantFrom('', '"', '\\', '{', '}', '[', ']', ',', ':', '1', '-', '.', 'e', 'a', ' ', '\\u12', '\0'),
    });
    check(damage, ({ tree, at, length, insert }) => {
      const whole = serialize(tree, '', false);
      const index = at % (whole.length + 1);
      const text = whole.slice(0, index) + insert + whole.slice(index + length);
      const errors = collectErrors(text);
      if (!errors) expect(parseJson(text)).toEqual(JSON.parse(text));
      else if (errors[0]?.detail.startsWith('is not JSON')) expect(() => JSON.parse(text)).toThrow(SyntaxError);
      else expect(errors.length).toBeGreaterThan(0);
    });
  });
});

describe('a defect at any place', () => {
  test('a duplicate name is rejected with its pointer', () => {
    const duplicateOfInserted = generateDefects((place, seed) =>
      insertMembers(place, ['twice', 'twice', 'twice'], seed),
    );
    check(duplicateOfInserted, (defective) => expectError(defective, /^is a duplicate name$/));
    const duplicateOfExisting = generateDefects((place, seed) => {
      const { tree } = place;
      const [name] = ('members' in tree ? tree.members[seed % tree.members.length] : undefined) ?? ['twice'];
      return 'members' in tree && tree.members.length > 0
        ? insertMembers(place, [name], seed)
        : insertMembers(place, [name, name], seed);
    });
    check(duplicateOfExisting, (defective) => expectError(defective, /^is a duplicate name$/));
  });

  test('the name __proto__ is rejected with its pointer', () => {
    const anywhere = generateDefects((place, seed) => insertMembers(place, ['__proto__'], seed));
    check(anywhere, (defective) => expectError(defective, /^is not allowed as a name$/));
  });

  test.each(['\0', 'a\0b', '\ud83c', 'x\udf09y', '\udf09\ud83c'])(
    'the string %j is rejected with its pointer',
    (text) => {
      const anywhere = generateDefects((place, seed) => [insertValue(place, serializeString(text, true), seed)]);
      check(anywhere, (defective) => expectError(defective, /^must not contain NUL or lone surrogates$/));
    },
  );

  test.each(['\0', 'a\ud83c'])('the name %j is rejected with its pointer', (name) => {
    const anywhere = generateDefects((place, seed) => insertMembers(place, [name], seed));
    check(anywhere, (defective) => expectError(defective, /^the name must not contain NUL or lone surrogates$/));
  });

  test('a number that would be rounded is rejected with its pointer', () => {
    const anyRounded = fc.oneof(
      fc.constantFrom('9007199254740993', '-9007199254740993', '1e400', '-1e400', '1e-400', '0.1000000000000000055'),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 200n }).map((value) => String(2n * value + 1n)),
      fc.double({ noNaN: true, min: 0.1, max: 0.9 }).map((value) => `${value}${'0'.repeat(20)}1`),
      fc.nat().map((exponent) => `1e${exponent + 309}`),
    );
    const anywhere = anyRounded.chain((token) => generateDefects((place, seed) => [insertValue(place, token, seed)]));
    check(anywhere, (defective) => expectError(defective, /^(would be rounded to -?\d|is too large$)/));
  });

  test('a value at depth 33 is rejected with its pointer, and one at depth 32 is accepted', () => {
    const nested = (count: number): Tree => (count === 0 ? '1' : { entries: [nested(count - 1)] });
    const deepEnough = generateDefects((place, seed) => [insertValue(place, nested(32 - place.depth), seed)]);
    check(deepEnough, ({ text }) => expect(parseJson(text)).toEqual(JSON.parse(text)));
    const tooDeep = generateDefects((place, seed) => [
      insertValue(place, nested(33 - place.depth), seed),
      ...Array<number>(32 - place.depth).fill(0),
    ]);
    check(tooDeep, (defective) => expectError(defective, /^is nested deeper than 32 levels$/));
  });
});

describe('a hostile text', () => {
  test('parsing stops at the first value that is nested too deep', () => {
    expect(collectErrors('['.repeat(1_000_000))).toEqual([
      { pointer: '/0'.repeat(32), detail: 'is nested deeper than 32 levels' },
    ]);
  });

  test('at most 1,000 errors are reported, and fewer if their pointers are long', () => {
    expect(collectErrors(`[${'1e400,'.repeat(10_000)}1]`)).toHaveLength(1_000);
    expect(collectErrors(`{"${'x'.repeat(100_000)}":[${'1e400,'.repeat(10_000)}1]}`)).toHaveLength(1);
  });
});

// Whatever JSON says, it says it to every reader: what another reader might take for something else is refused, with
// a pointer to the place, and everything else is read as JSON.parse reads it.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FieldError } from '../../contract/problem-table.ts';
import { RequestProblem } from '../../server/domain/problem.ts';
import { parseJson } from '../../server/http/request/strict-json.ts';

/** A JSON text before it is written: atoms are text already. */
type Tree = { members: [name: string, value: Tree][] } | { entries: Tree[] } | string;

const anyText = fc.string({ unit: 'grapheme', maxLength: 8 }).filter((text) => !text.includes('\0'));
const anyName = anyText.filter((text) => text !== '__proto__');

/** A string as JSON, every character of it escaped or only those that have to be. */
function written(text: string, isEscaped: boolean): string {
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
  fc.tuple(anyText, fc.boolean()).map(([text, isEscaped]) => written(text, isEscaped)),
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

function textOf(tree: Tree, space: string, areNamesEscaped: boolean): string {
  if (typeof tree === 'string') return space + tree + space;
  const write = (value: Tree) => textOf(value, space, areNamesEscaped);
  if ('entries' in tree) return `${space}[${tree.entries.map(write).join(',') || space}]${space}`;
  const members = tree.members.map(
    ([name, value]) => `${space}${written(name, areNamesEscaped || !name.isWellFormed())}${space}:${write(value)}`,
  );
  return `${space}{${members.join(',') || space}}${space}`;
}

/** What a text is refused for; undefined where it is accepted. */
function faultsOf(text: string): FieldError[] | undefined {
  try {
    parseJson(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof RequestProblem) || error.code !== 'invalid-request') throw error;
    return error.members.errors as FieldError[];
  }
}

type Place = { tree: Exclude<Tree, string>; pointer: string; depth: number };

/** All arrays and objects in a tree. */
function placesIn(tree: Tree, pointer = '', depth = 1): Place[] {
  if (typeof tree === 'string') return [];
  const children: [string | number, Tree][] = 'entries' in tree ? [...tree.entries.entries()] : tree.members;
  return [
    { tree, pointer, depth },
    ...children.flatMap(([key, child]) => placesIn(child, pointer + step(key), depth + 1)),
  ];
}

function step(key: string | number): string {
  return `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1').toWellFormed()}`;
}

/** Something planted into a tree, and where the fault should be found. */
type Planted = { text: string; pointer: string };

type Plant = (place: Place, seed: number) => (string | number)[];

/**
 * Any text, somewhere in which `plant` was at work. It is handed an array or object, and answers where in it the fault
 * is.
 */
function anyPlanted(plant: Plant): fc.Arbitrary<Planted> {
  const root = fc.oneof(
    anyTree.map((tree) => ({ entries: [tree] })),
    anyTree.map((tree) => ({ members: [['root', tree]] as [string, Tree][] })),
  );
  return fc
    .tuple(root, fc.nat(), fc.nat(), anySpace, fc.boolean())
    .map(([tree, which, seed, space, areNamesEscaped]) => {
      const copy = structuredClone(tree);
      const places = placesIn(copy);
      const place = places[which % places.length] as Place;
      const pointer = place.pointer + plant(place, seed).map(step).join('');
      return { text: textOf(copy, space, areNamesEscaped), pointer };
    });
}

/** Puts a value at some place among the others, and answers its key. */
function put({ tree }: Place, value: Tree, seed: number): string | number {
  if ('entries' in tree) {
    const index = seed % (tree.entries.length + 1);
    tree.entries.splice(index, 0, value);
    return index;
  }
  const name = `planted ${seed}`;
  tree.members.splice(seed % (tree.members.length + 1), 0, [name, value]);
  return name;
}

/** Puts members among the others; an array gets an object for them. */
function putMembers(place: Place, names: string[], seed: number): (string | number)[] {
  const { tree } = place;
  const members = names.map((name): [string, Tree] => [name, '1']);
  const [first = ''] = names;
  if ('entries' in tree) return [put(place, { members }, seed), first];
  tree.members.splice(seed % (tree.members.length + 1), 0, ...members);
  return [first];
}

function expectFault({ text, pointer }: Planted, detail: RegExp): void {
  expect(faultsOf(text)).toEqual([{ pointer, detail: expect.stringMatching(detail) }]);
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
  test('that every reader reads alike is read as JSON.parse does', () => {
    check(fc.tuple(anyTree, anySpace, fc.boolean()), ([tree, space, areNamesEscaped]) => {
      const text = textOf(tree, space, areNamesEscaped);
      expect(parseJson(text)).toEqual(JSON.parse(text));
    });
  });

  test('that is damaged is refused, or it is read as JSON.parse does', () => {
    const damage = fc.record({
      tree: anyTree,
      at: fc.nat(),
      length: fc.nat({ max: 3 }),
      insert: fc.constantFrom('', '"', '\\', '{', '}', '[', ']', ',', ':', '1', '-', '.', 'e', 'a', ' ', '\\u12', '\0'),
    });
    check(damage, ({ tree, at, length, insert }) => {
      const whole = textOf(tree, '', false);
      const index = at % (whole.length + 1);
      const text = whole.slice(0, index) + insert + whole.slice(index + length);
      const faults = faultsOf(text);
      if (!faults) expect(parseJson(text)).toEqual(JSON.parse(text));
      else if (faults[0]?.detail.startsWith('is not JSON')) expect(() => JSON.parse(text)).toThrow(SyntaxError);
      else expect(faults.length).toBeGreaterThan(0);
    });
  });
});

describe('refused, wherever it is, with its pointer, is', () => {
  test('a name that is a duplicate name', () => {
    const ofItsOwn = anyPlanted((place, seed) => putMembers(place, ['twice', 'twice', 'twice'], seed));
    check(ofItsOwn, (planted) => expectFault(planted, /^is a duplicate name$/));
    const ofAnother = anyPlanted((place, seed) => {
      const { tree } = place;
      const [name] = ('members' in tree ? tree.members[seed % tree.members.length] : undefined) ?? ['twice'];
      return 'members' in tree && tree.members.length > 0
        ? putMembers(place, [name], seed)
        : putMembers(place, [name, name], seed);
    });
    check(ofAnother, (planted) => expectFault(planted, /^is a duplicate name$/));
  });

  test('the name __proto__', () => {
    const anywhere = anyPlanted((place, seed) => putMembers(place, ['__proto__'], seed));
    check(anywhere, (planted) => expectFault(planted, /^is not allowed as a name$/));
  });

  test.each(['\0', 'a\0b', '\ud83c', 'x\udf09y', '\udf09\ud83c'])('the text %j', (text) => {
    const anywhere = anyPlanted((place, seed) => [put(place, written(text, true), seed)]);
    check(anywhere, (planted) => expectFault(planted, /^must not contain NUL or lone surrogates$/));
  });

  test.each(['\0', 'a\ud83c'])('the name %j', (name) => {
    const anywhere = anyPlanted((place, seed) => putMembers(place, [name], seed));
    check(anywhere, (planted) => expectFault(planted, /^the name must not contain NUL or lone surrogates$/));
  });

  test('a number that would be rounded', () => {
    const anyRounded = fc.oneof(
      fc.constantFrom('9007199254740993', '-9007199254740993', '1e400', '-1e400', '1e-400', '0.1000000000000000055'),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 200n }).map((value) => String(2n * value + 1n)),
      fc.double({ noNaN: true, min: 0.1, max: 0.9 }).map((value) => `${value}${'0'.repeat(20)}1`),
      fc.nat().map((exponent) => `1e${exponent + 309}`),
    );
    const anywhere = anyRounded.chain((token) => anyPlanted((place, seed) => [put(place, token, seed)]));
    check(anywhere, (planted) => expectFault(planted, /^(would be rounded to -?\d|is too large$)/));
  });

  test('what is nested deeper than 32 levels', () => {
    const nested = (count: number): Tree => (count === 0 ? '1' : { entries: [nested(count - 1)] });
    const deepEnough = anyPlanted((place, seed) => [put(place, nested(32 - place.depth), seed)]);
    check(deepEnough, ({ text }) => expect(parseJson(text)).toEqual(JSON.parse(text)));
    const tooDeep = anyPlanted((place, seed) => [
      put(place, nested(33 - place.depth), seed),
      ...Array<number>(32 - place.depth).fill(0),
    ]);
    check(tooDeep, (planted) => expectFault(planted, /^is nested deeper than 32 levels$/));
  });
});

describe('a text that is made to be hostile', () => {
  test('is not read on once it is too deep', () => {
    expect(faultsOf('['.repeat(1_000_000))).toEqual([
      { pointer: '/0'.repeat(32), detail: 'is nested deeper than 32 levels' },
    ]);
  });

  test('has no more than 1,000 of its faults named, and no longer pointers than are of use', () => {
    expect(faultsOf(`[${'1e400,'.repeat(10_000)}1]`)).toHaveLength(1_000);
    expect(faultsOf(`{"${'x'.repeat(100_000)}":[${'1e400,'.repeat(10_000)}1]}`)).toHaveLength(1);
  });
});

// Checks that a parser takes linear time, by timing inputs of doubling length, and the inputs for which parsers and
// regular expressions take quadratic time.

import { expect } from 'vitest';

/** Texts that are repeated to hostile inputs: the separators and quotes that most parsers distinguish. */
const commonUnits = [
  ' ',
  '\t',
  ',',
  ', ',
  ';',
  '"',
  '\\',
  '\\"',
  '(',
  '1',
  'a',
  '=',
  'a=b;',
  '"a", ',
  '%41',
  '/',
  ':',
  '.',
];

/** More of them: brackets, escapes, and the beginnings of common elements. */
const units = [
  ...[' ', '\t', ',', ';', ':', '.', '/', '\\', '"', "'", '=', '-', '_', '+', '*', '%', '&', '?', '#', '!', '|', '~'],
  ...['(', '()', '[', ']', '{', '}', '<', '0', '1', 'a', 'A', 'é', '@'],
  ...[', ', ' ,', ' , ', '; ', ' ;\t', '\t ', '""', '" ', '",', '"a",', '\\"', '\\\\"', '(\\', 'a ', 'a, ', 'a;', 'a='],
  ...['a=b;', 'a=b, ', 'a="', 'a="b",', 'a="b";', '="', ';a', ';q=0.1', ';charset=', 'for=', 'for=a,', 'for="[::1]", '],
  ...['a.', '.a', '1.', '127.', '1,', '0-', '-1', ':1', '::', '::1', '[:', 'a:', '//', '/a', '/.', '/../', './', '..'],
  ...['%4', '%41', '%2e', '%c3', '&a', '&a=', 'a&', 'W/', 'W/"', 'W/"a"', 'eyJ', 'eyJ.', 'e1', '1e', '\\u', 'Bearer '],
];

/** A hostile input: a text of any length. */
type Shape = { name: string; build(length: number): string };

/** Returns inputs that begin with a prefix, repeat each unit, and end with and without a text that does not match. */
export function listShapes(prefixes: readonly string[] = ['']): Shape[] {
  return buildShapes(prefixes, units, ['', '\u007f']);
}

/** Returns fewer inputs, which are valid in a header, for checks that take a whole request. */
export function listCommonShapes(prefixes: readonly string[] = ['']): Shape[] {
  return buildShapes(prefixes, commonUnits, ['', '!']);
}

function buildShapes(prefixes: readonly string[], units: readonly string[], ends: readonly string[]): Shape[] {
  return prefixes.flatMap((prefix) =>
    units.flatMap((unit) =>
      ends.map((end) => ({
        name: JSON.stringify(`${prefix}${unit}…${end}`),
        build: (length: number) =>
          prefix + unit.repeat(Math.max(0, Math.floor((length - prefix.length - end.length) / unit.length))) + end,
      })),
    ),
  );
}

type LinearOptions = {
  /** The length of the longer input. The shorter one has a quarter of it. */
  length: number;
  /**
   * A time that the longer input may always take, in milliseconds: several times the usual resolution of CPU times,
   * and too little to delay other requests.
   * @default 25
   */
  floorMs?: number;
};

/** The fewest measurements of an input. The smallest time counts: a collection of garbage can make a time longer. */
const minRuns = 3;
/** How long an input that does not look linear is measured again, in milliseconds. */
const patienceMs = 2_000;

/**
 * Fails if an input takes more than eight times as long as an input of a quarter of its length. A linear parser takes
 * four times as long, a quadratic one sixteen times.
 * @param run parses an input. Its result and its errors are ignored.
 */
export async function expectLinearTime(
  shapes: readonly Shape[],
  run: (text: string) => unknown,
  { length, floorMs = 25 }: LinearOptions,
): Promise<void> {
  for (const { name, build } of shapes) {
    const [short, long] = [build(length / 4), build(length)];
    let [shortMs, longMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    const isLinear = () => longMs < floorMs || (shortMs < longMs && longMs < 8 * shortMs + floorMs);
    const endMs = performance.now() + patienceMs;
    // An input that is fast enough is measured once.
    for (let count = 0; !isLinear() && (count < minRuns || performance.now() < endMs); count += 1) {
      longMs = Math.min(longMs, await time(run, long));
      if (longMs >= floorMs) shortMs = Math.min(shortMs, await time(run, short));
    }
    expect(isLinear(), `${name}: ${shortMs} ms for ${length / 4} characters, ${longMs} ms for ${length}`).toBe(true);
  }
}

/** Returns the CPU time of this thread in milliseconds. Other processes and threads do not count. */
async function time(run: (text: string) => unknown, text: string): Promise<number> {
  const begun = process.threadCpuUsage();
  try {
    await run(text);
  } catch {
    // A rejected input takes time, too.
  }
  const { user, system } = process.threadCpuUsage(begun);
  return (user + system) / 1_000;
}

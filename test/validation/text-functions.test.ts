// The text functions of rules count characters, also those that take two code units in JavaScript.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluateRule } from '../kit/validation/rules.ts';

function evaluate(expression: string, note: string): unknown {
  return evaluateRule(`dyn(${expression})`, { note });
}

const anyCharacter = fc.constantFrom('a', 'B', 'é', 'É', '🍵', '🎁');
const anyText = fc.array(anyCharacter, { maxLength: 8 });
const anyPosition = fc.integer({ min: 0, max: 8 });

test('substring returns the characters between two positions, or fails beyond the end', () => {
  fc.assert(
    fc.property(anyText, anyPosition, anyPosition, (characters, start, end) => {
      const run = () => evaluate(`order.note.substring(${start}, ${end})`, characters.join(''));
      if (start <= end && end <= characters.length) expect(run()).toBe(characters.slice(start, end).join(''));
      else expect(run).toThrow('out of range');
    }),
  );
});

test('indexOf and lastIndexOf return the position of a character among the characters', () => {
  fc.assert(
    fc.property(anyText, anyCharacter, anyPosition, (characters, character, from) => {
      const note = characters.join('');
      expect(evaluate(`order.note.indexOf("${character}")`, note)).toBe(BigInt(characters.indexOf(character)));
      expect(evaluate(`order.note.lastIndexOf("${character}")`, note)).toBe(BigInt(characters.lastIndexOf(character)));
      if (from >= characters.length) return;
      const [first, last] = [characters.indexOf(character, from), characters.lastIndexOf(character, from)];
      expect(evaluate(`order.note.indexOf("${character}", ${from})`, note)).toBe(BigInt(first));
      expect(evaluate(`order.note.lastIndexOf("${character}", ${from})`, note)).toBe(BigInt(last));
    }),
  );
});

test('lowerAscii and upperAscii change the letters of ASCII only', () => {
  expect(evaluate('order.note.lowerAscii() + order.note.upperAscii()', 'aBéÉ🍵')).toBe('abéÉ🍵ABéÉ🍵');
});

test.each(['', '0b1', '0o7', '0x1F', '-0x1', 'abc', ' 1', '1 ', '1_000'])(
  'the text %j is converted to no number',
  (note) => {
    for (const name of ['int', 'uint', 'double']) expect(() => evaluate(`${name}(order.note)`, note)).toThrow();
  },
);

test('decimal texts are converted to numbers', () => {
  expect([evaluate('int(order.note)', '-0017'), evaluate('double(order.note)', '1.5e3')]).toEqual([-17n, 1500]);
});

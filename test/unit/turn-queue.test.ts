// Turns of the event loop, and texts in pieces, with which large responses are sent.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitText } from '../../server/shared/json-text.ts';
import { TurnQueue } from '../../server/shared/turn-queue.ts';

test('the tasks of a queue continue in different turns of the event loop, in their order', async () => {
  const queue = new TurnQueue();
  let turn = 0;
  let isFinished = false;
  const countTurn = () => {
    turn += 1;
    if (!isFinished) setImmediate(countTurn);
  };
  setImmediate(countTurn);
  const turns = await Promise.all(Array.from({ length: 5 }, () => queue.next().then(() => turn)));
  isFinished = true;
  expect(new Set(turns).size).toBe(5);
  expect(turns).toEqual(turns.toSorted((one, other) => one - other));
});

test('the pieces of a text are its parts in their order, have a limited length, and keep surrogate pairs together', () => {
  const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }), { maxLength: 10 });
  fc.assert(
    fc.property(texts, fc.integer({ min: 2, max: 20 }), (parts, maxLength) => {
      const pieces = [...splitText(parts, maxLength)];
      expect(pieces.join('')).toBe(parts.join(''));
      expect(pieces.every((piece) => piece.length <= maxLength && piece.isWellFormed())).toBe(true);
      // Two small parts are not sent in two pieces.
      expect(pieces.length).toBeLessThanOrEqual(parts.length + (2 * parts.join('').length) / (maxLength - 1) + 1);
    }),
  );
});

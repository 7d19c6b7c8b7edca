// The regular expressions of rules: the syntax and the results of RE2, in time that is linear in the text.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findRuleError } from '../../server/validation/policy/rules.ts';
import { buildRule, evaluateRule } from '../kit/validation/rules.ts';

/** Quotes a text as a literal of CEL. */
function quote(text: string): string {
  return JSON.stringify(text);
}

/** Patterns with the same meaning in RE2 and, with the flag `u`, in JavaScript. */
const { anyPattern } = fc.letrec<{ anyPattern: string }>((tie) => {
  const atom = fc.constantFrom(
    'a',
    'b',
    '1',
    '.',
    '[ab]',
    '[^a]',
    '\\d',
    '\\w',
    '\\.',
    '\\b',
    '^',
    '$',
    'é',
    '🎁',
    ' ',
  );
  const repeated = fc.tuple(
    fc.constantFrom('a', '[ab1]', '(?:ab)', '(a|b)', '.'),
    fc.constantFrom('*', '+', '?', '{2}'),
  );
  const group = tie('anyPattern').map((inner) => `(${inner})`);
  const sequence = fc.array(tie('anyPattern'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''));
  const alternatives = fc.tuple(tie('anyPattern'), tie('anyPattern')).map((parts) => `(?:${parts.join('|')})`);
  return {
    anyPattern: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      ...[atom, repeated.map((parts) => parts.join('')), group, sequence, alternatives],
    ),
  };
});

const anyText = fc.string({ unit: fc.constantFrom('a', 'b', '1', '.', ' ', '\n', 'é', '🎁'), maxLength: 12 });

describe('regular expressions', () => {
  test('a pattern that both dialects have gives the same result in a rule as in JavaScript', () => {
    fc.assert(
      fc.property(anyPattern, anyText, (pattern, note) => {
        const expected = new RegExp(pattern, 'u').test(note);
        expect(evaluateRule(`order.note.matches(${quote(pattern)})`, { note })).toBe(expected);
        expect(evaluateRule('matches(order.note, order.metadata.pattern)', { note, metadata: { pattern } })).toBe(
          expected,
        );
      }),
    );
  });

  test('a rule with a literal pattern is either refused or evaluated without an error on any text', () => {
    const anySource = fc.string({
      unit: fc.constantFrom(...'ab1\\()[]{}|*+?.^$-,:=!<>PpLNdDwWbBAzZQEiLsUu&é🎁'),
      maxLength: 12,
    });
    fc.assert(
      fc.property(anySource, fc.array(anyText, { minLength: 1, maxLength: 3 }), (pattern, notes) => {
        const expression = `order.note.matches(${quote(pattern)})`;
        const error = findRuleError(buildRule(expression));
        if (error)
          expect(error).toEqual({ offset: 19, message: expect.stringMatching(/^invalid regular expression: /) });
        else for (const note of notes) expect(evaluateRule(expression, { note })).toBeTypeOf('boolean');
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ['a lookahead', '(?=a)'],
    ['a negative lookahead', '(?!a)'],
    ['a lookbehind', '(?<=a)b'],
    ['a negative lookbehind', '(?<!a)b'],
    ['a backreference', '(a)\\1'],
    ['a named backreference', '(?<x>a)\\k<x>'],
    ['a possessive quantifier', 'a++'],
    ['an atomic group', '(?>a)'],
    ['an unclosed group', '(a'],
    ['more than 1,000 repetitions', 'a{1001}'],
    ['a JavaScript escape', '\\cA'],
  ])('a rule with %s in its pattern is refused at the start with the position of the pattern', (_, pattern) => {
    for (const call of ['order.customerId.matches(PATTERN)', 'order.total > 0 && matches(order.note, PATTERN)']) {
      const error = findRuleError(buildRule(call.replace('PATTERN', () => quote(pattern))));
      expect(error?.offset).toBe(call.indexOf('PATTERN'));
      expect(error?.message).toMatch(/^invalid regular expression: /);
    }
  });

  test.each([
    ['"É".matches("(?i)^é$")', true],
    ['"a🎁b".matches("^a.b$")', true],
    ['"a\\nb".matches("a.b")', false],
    ['"a\\nb".matches("(?s)a.b")', true],
    ['"a\\nb".matches("^b$")', false],
    ['"a\\nb".matches("(?m)^b$")', true],
    ['"Ä".matches("^\\\\pL$")', true],
    ['"a".matches("^[[:alpha:]]$")', true],
    ['"a.b".matches("^\\\\Qa.b\\\\E\\\\z")', true],
    ['"a\\n".matches("a$")', false],
  ])('the regular expression in %s has the result of RE2', (expression, result) => {
    expect(evaluateRule(expression)).toBe(result);
  });

  test('an invalid pattern that a rule computes is an error of the evaluation, named as one', () => {
    expect(() => evaluateRule('order.customerId.matches(order.metadata.p)', { metadata: { p: '(' } })).toThrow(
      /^invalid regular expression: missing closing \): `\(`/,
    );
  });

  /** Quantifiers of quantifiers and of ambiguous alternatives, which take JavaScript exponential time. */
  const { anyAmbiguousPattern } = fc.letrec<{ anyAmbiguousPattern: string }>((tie) => ({
    anyAmbiguousPattern: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('a', '.', 'a?', '\\w', '[a-z]', '(a|aa)', '(a|.)'),
      fc
        .tuple(tie('anyAmbiguousPattern'), fc.constantFrom('+', '*', '{1,5}'))
        .map(([inner, end]) => `(${inner})${end}`),
      fc.tuple(tie('anyAmbiguousPattern'), tie('anyAmbiguousPattern')).map(([first, second]) => `${first}.*${second}`),
    ),
  }));

  test('an ambiguous pattern that does not match a long text is decided in linear time', () => {
    const note = `${'a'.repeat(20_000)}!`;
    fc.assert(
      fc.property(anyAmbiguousPattern, (pattern) => {
        const startedAt = performance.now();
        expect(evaluateRule(`order.note.matches(${quote(`^(${pattern})+b$`)})`, { note })).toBe(false);
        expect(performance.now() - startedAt).toBeLessThan(5_000);
      }),
      {
        examples: [['(a+)+'], ['(a|aa)+'], ['(a*)*'], ['(.*a){12}'], ['([a-zA-Z]+)*'], ['(a?){40}a{40}']],
        numRuns: 50,
      },
    );
  });
});

// The policy as a pure unit: the values that rules can read, rejected policy files, and the version of a policy.

import { describe, expect, test } from 'vitest';
import { StartupError } from '../../server/shared/startup-error.ts';
import { loadPolicy, parsePolicy } from '../../server/validation/policy/policy.ts';
import { RuleOrder, type ValidatableOrder } from '../../server/validation/policy/rule-input.ts';
import { compileRules } from '../../server/validation/policy/rules.ts';
import { buildRule, evaluateRule, ruleOrder } from '../kit/validation/rules.ts';

function formatPolicy(...expressions: string[]): string {
  return JSON.stringify({
    rules: expressions.map((expression, index) => buildRule(expression, `r${index}`)),
  });
}

function collectErrors(text: string): readonly string[] {
  try {
    parsePolicy(text);
  } catch (error) {
    if (error instanceof StartupError) return error.reasons;
    throw error;
  }
  return [];
}

describe('rules', () => {
  test.each([
    ['order.total == 2900', true],
    ['order.total > 9007199254740993', false],
    ['order.items.size() == 2', true],
    ['order.items.all(item, item.quantity * item.unitPrice <= 2500)', true],
    ['order.items.exists(item, item.productId == "tea")', true],
    ['order.items[0].unitPrice == 1250', true],
    ['order.items.filter(item, item.quantity == 1)[0].productId == "cup"', true],
    ['cel.bind(first, order.items[0], has(first.productId))', true],
    ['minorUnits(5, "EUR") == 500 && minorUnits(5, "JPY") == 5 && minorUnits(5, "KWD") == 5000', true],
    ['order.reference == null', true],
    ['order.note != null && order.note.contains("x")', false],
    ['order.metadata.channel in ["shop", "phone"]', true],
    ['"region" in order.metadata', false],
    ['order.customerId.matches("^customer-[0-9]+$")', true],
    ['order.items[0] == order.items[1] || order.items[0] != order.items.map(item, item)[0]', false],
    ['order.items.all(item, order.items.map(other, other).exists(other, other == item))', true],
    ['has(order.note)', false],
    [Array.from({ length: 999 }, () => 'true').join(' && '), true],
    ['has(order.reference) || order.reference == null', true],
    ['has(order.metadata.channel) && !has(order.metadata.region)', true],
    ['has(order.items[0].productId)', true],
    ['order.items.all(item, has(item.unitPrice))', true],
    ['has(order.items.filter(item, item.quantity == 1)[0].productId)', true],
    ['has({"a": {"b": 1}}.a.b) && !has({"a": {"b": 1}}.a.c)', true],
    ['has({"a": null}.a)', true],
    ['order.items.filter(item, has(item.productId)).map(item, {"id": item.productId}).all(m, has(m.id))', true],
  ])('the rule %s yields %s', (expression, result) => {
    expect(collectErrors(formatPolicy(expression))).toEqual([]);
    expect(evaluateRule(expression, { metadata: { channel: 'shop' } })).toBe(result);
  });

  test.each(['note', 'reference'] as const)(
    'a %s that is null is absent in a rule, and one with text is present',
    (field) => {
      const expression = `has(order.${field}) && order.${field}.startsWith("x")`;
      const results = [null, '', 'xyz'].map((value) => evaluateRule(expression, { [field]: value }));
      expect(results).toEqual([false, false, true]);
    },
  );

  test.each(['constructor', '__proto__', 'toString', 'size', 'get'])('a rule reads the metadata key %s', (key) => {
    const expression = `has(order.metadata.${key}) && order.metadata["${key}"] == "x" && order.metadata.size() == 1`;
    expect(evaluateRule(expression, { metadata: { [key]: 'x' } })).toBe(true);
    expect(evaluateRule(expression)).toBe(false);
  });

  test('the total in a rule is exact beyond the precision of a double', () => {
    const items = [
      { productId: 'a', quantity: 9_007, unitPrice: 1_000_000_000_000 },
      { productId: 'b', quantity: 1, unitPrice: 199_254_740_993 },
    ];
    expect(new RuleOrder({ ...ruleOrder, items }).total).toBe(9_007_199_254_740_993n);
  });
});

describe('the default policy', () => {
  const line = { productId: 'a', quantity: 1 };
  const findFailedRules = async (fields: Partial<ValidatableOrder>) => {
    const { rules } = await loadPolicy(new URL('../../server/validation/policy/default-policy.yaml', import.meta.url));
    const context = { order: new RuleOrder({ ...ruleOrder, ...fields }) };
    return compileRules(rules).flatMap(({ rule, evaluate }) => (evaluate(context) === true ? [] : [rule.id]));
  };

  test.each<[string, Partial<ValidatableOrder>, string[]]>([
    ['accepts a valid order', {}, []],
    ['rejects a price of zero', { items: [{ productId: 'a', quantity: 1, unitPrice: 0 }] }, ['no-zero-prices']],
    [
      'rejects a product in two lines',
      { items: [...ruleOrder.items, { productId: 'tea', quantity: 1, unitPrice: 1 }] },
      ['no-repeated-products'],
    ],
    ...[['EUR', 100_000_000] as const, ['JPY', 1_000_000] as const, ['KWD', 1_000_000_000] as const].flatMap(
      ([currency, unitPrice]): [string, Partial<ValidatableOrder>, string[]][] => [
        [`accepts a total of 1,000,000 ${currency}`, { currency, items: [{ ...line, unitPrice }] }, []],
        [
          `rejects a total above 1,000,000 ${currency}`,
          { currency, items: [{ ...line, unitPrice: unitPrice + 1 }] },
          ['total-limit'],
        ],
      ],
    ),
  ])('the default policy %s', async (_, fields, ruleIds) => {
    expect(await findFailedRules(fields)).toEqual(ruleIds);
  });
});

describe('a policy file', () => {
  test.each([
    ['an unknown field, with its position', 'order.totl > 5', 'rule r0, line 1, column 7: No such key: totl'],
    ['bad syntax', 'order.total >', 'rule r0, line 1, column 14: Unexpected token: EOF'],
    [
      'an unknown function',
      'rate(order.total)',
      "rule r0, line 1, column 1: found no matching overload for 'rate(int)'",
    ],
    [
      'an error in a later line',
      'order.total > 0 &&\n  order.totl > 5',
      'rule r0, line 2, column 9: No such key: totl',
    ],
    ['has() of a field that does not exist', 'has(order.totl)', 'rule r0, line 1, column 11: No such key: totl'],
    [
      'has() of another expression',
      'has(order.items[0])',
      'rule r0, line 1, column 5: has() requires a field as in has(order.note)',
    ],
    [
      'more operators than the stack allows',
      Array.from({ length: 1_001 }, () => 'true').join(' && '),
      'rule r0, line 1, column 1: the expression has more than 1000 nested operators; write chains of || as "x in [a, b]"',
    ],
    ['a rule that is not boolean', 'order.total', 'rule r0, line 1, column 1: yields int, must yield bool'],
  ])('a policy file is rejected for %s', (_, expression, error) => {
    expect(collectErrors(formatPolicy(expression))).toEqual([error]);
  });

  test('a policy file is rejected with all of its errors at once', () => {
    expect(collectErrors(formatPolicy('order.totl > 5', 'order.total > 0', 'order.total'))).toHaveLength(2);
  });

  test.each([
    ['is not YAML', 'rules: [', /^not YAML/],
    ['refers to an undefined alias', 'rules: *nothing', /^line 1, column 8: an alias/],
    ['has an empty list of rules', 'rules: []', /^line 1, column 8: rules: must have at least one rule$/],
    ['has no rules', 'a: "1"', /^line 1, column 1: rules: /],
    ['repeats an id', JSON.stringify({ rules: [buildRule('true'), buildRule('true')] }), /ids must be unique/],
    [
      'has a message that no database can store',
      JSON.stringify({ rules: [{ ...buildRule('true'), message: 'a\0b' }] }),
      /^line 1, column \d+: rules.0.message: must not contain NUL/,
    ],
    [
      'has a rule without a message',
      'rules: [{id: a, description: d, expression: "true"}]',
      /^line 1, column 9: rules.0.message: /,
    ],
  ])('a policy file that %s is rejected', (_, text, error) => {
    expect(collectErrors(text).join('\n')).toMatch(error);
  });

  const toYaml = (expression: string) =>
    `rules:\n  - id: a\n    description: d\n    expression: ${expression}\n    message: m\n`;

  test.each([
    ['a tag', '!has(order.metadata.blocked) && order.total > 0', 'column 17'],
    ['an anchor', '&a order.total > 0', 'column 17'],
    ['an alias', '*a', 'column 17'],
    ['a comment', 'order.total > 0 # && false', 'column 17'],
    ['a boolean', 'true', 'column 17'],
    ['a boolean of YAML 1.1', 'yes', 'column 17'],
    ['a hexadecimal number', '0x10', 'column 17'],
    ['a date', '2026-01-01', 'column 17'],
    ['null', '~', 'column 17'],
    ['an empty value', '', 'column 17'],
    ['an escape sequence', '"order.customerId.matches(\'\\bx\')"', 'column 17'],
    ['a folded line after a comment', '>\n      true // c\n      && false', 'column 17'],
  ])('an expression that YAML reinterprets as %s is rejected with its position', (_, expression, column) => {
    expect(collectErrors(toYaml(expression))[0]).toMatch(new RegExp(`line 4, ${column}: `));
  });

  test.each([
    ['repeats a key', `${toYaml('"true"')}    message: n\n`, 6],
    ['has a merge key', `${toYaml('"true"')}    <<: {}\n`, 6],
    ['has several documents', `${toYaml('"true"')}---\n${toYaml('"true"')}`, 6],
    ['has a directive', `%YAML 1.1\n---\n${toYaml('"true"')}`, 1],
  ])('a policy file that %s is rejected with its position', (_, text, line) => {
    expect(collectErrors(text).join('\n')).toMatch(new RegExp(`line ${line}, column`));
  });

  test.each(['order.total > 0', "'!has(order.metadata.blocked)'", '|\n      true // c\n      && true', '"true" # c'])(
    'the expression %j is accepted from YAML',
    (expression) => {
      expect(collectErrors(toYaml(expression))).toEqual([]);
    },
  );

  test('an unreadable policy file is rejected with its path', async () => {
    await expect(loadPolicy('/nowhere/policy.yaml')).rejects.toThrow('cannot read /nowhere/policy.yaml');
  });

  test('a policy has the same version for the same rules in YAML and JSON, and another version for other rules', () => {
    const yaml = 'rules:\n  - {id: r0, description: d, expression: "order.total > 0", message: m}\n';
    const { version } = parsePolicy(formatPolicy('order.total > 0'));
    expect(parsePolicy(yaml).version).toBe(version);
    expect(parsePolicy(formatPolicy('order.total > 1')).version).not.toBe(version);
    expect(version).toMatch(/^[0-9a-f]{12}$/);
  });
});

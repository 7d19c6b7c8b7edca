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
  const toYaml = (expression: string) =>
    `rules:\n  - id: a\n    description: d\n    expression: ${expression}\n    message: m\n`;

  const orderHas = 'an order has reference, customerId, currency, items, total, note, metadata';

  test.each([
    ['an unknown field, with its position', 'order.totl > 5', `7: No such key: totl; ${orderHas}`],
    [
      'an unknown field of an item',
      'order.items[0].price > 0',
      '16: No such key: price; an item has productId, quantity, unitPrice',
    ],
    ['bad syntax', 'order.total >', '14: Unexpected token: EOF'],
    ['an unknown function', 'rate(order.total)', "1: found no matching overload for 'rate(int)'"],
    ['has() of a field that does not exist', 'has(order.totl)', `11: No such key: totl; ${orderHas}`],
    ['has() of another expression', 'has(order.items[0])', '5: has() requires a field as in has(order.note)'],
    [
      'more operators than the stack allows',
      Array.from({ length: 1_001 }, () => 'true').join(' && '),
      '1: the expression has more than 1000 nested operators; write chains of || as "x in [a, b]"',
    ],
    ['a rule that is not boolean', 'order.total', '1: yields int, must yield bool'],
    ['the word and', 'order.total > 0 and true', "17: Unexpected character: 'd'; write && instead of and"],
    ['the word OR', 'true OR false', "6: Unexpected character: 'R'; write || instead of OR"],
    ['the word not', 'not true', "5: Unexpected character: 'e'; write ! instead of not"],
    ['a single =', 'order.total = 5', '13: Unexpected character: =; write == to compare'],
    [
      'the length of a list',
      'order.items.length > 0',
      "13: List index must be int, got 'string'; write size(order.items)",
    ],
    [
      'a field of a list',
      'order.items.quantity > 0',
      "13: List index must be int, got 'string'; read one element as in order.items[0], or use a macro such as all",
    ],
    [
      'the length of a text',
      'order.customerId.length() > 0',
      "1: found no matching overload for 'string.length()'; write size() for the length",
    ],
    [
      'has() of an index',
      "has(order.metadata['region'])",
      '5: has() requires a field as in has(order.note); write "region" in order.metadata',
    ],
    [
      'has() of a key with a hyphen',
      'has(order.metadata.cost-center)',
      '5: has() requires a field as in has(order.note); write "cost-center" in order.metadata',
    ],
    [
      'a key with a hyphen',
      'order.metadata.cost-center == "a"',
      '21: Unknown variable: center; write order.metadata["cost-center"]',
    ],
    [
      'a macro without a variable',
      'order.items.all(item.quantity > 0)',
      '17: Unknown variable: item; all needs a variable first, as in order.items.all(item, …)',
    ],
    ['a field without its order', 'total > 5', '1: Unknown variable: total; write order.total'],
    ['a variable with the name of a method', 'toString > 5', '1: Unknown variable: toString'],
    [
      'a key that is compared with null',
      'order.metadata.region == null',
      '1: no such overload: string == null; write !has(order.metadata.region) to find out whether the key is absent',
    ],
    [
      'an index that is compared with null',
      "order.metadata['a-b'] != null",
      '1: no such overload: string != null; write ("a-b" in order.metadata) to find out whether the key is absent',
    ],
  ])('a policy file is rejected for %s', (_, expression, error) => {
    const lines = [
      'rules:',
      '  - id: r0',
      '    expression: |',
      `      ${expression}`,
      '    description: d',
      '    message: m',
    ];
    const [column = '', ...message] = error.split(': ');
    expect(collectErrors(lines.join('\n'))).toEqual([
      `line 4, column ${Number(column) + 6}: rule r0: ${message.join(': ')}`,
    ]);
  });

  test.each([
    ['in a block', '|\n      order.total > 0 &&\n        order.totl > 5', 'line 6, column 15'],
    ['in a block after an empty line', '|-\n\n      order.totl > 5', 'line 6, column 13'],
    ['without quotes', 'order.totl > 5', 'line 4, column 23'],
    ['in single quotes', "'order.totl > 5'", 'line 4, column 24'],
    ['in double quotes', '"order.totl > 5"', 'line 4, column 24'],
    ['in double quotes with an escape sequence', '"\\x6frder.totl > 5"', 'line 4, column 17'],
    ['in lines that YAML joins', '>\n      order.total > 0 &&\n      order.totl > 5', 'line 4, column 17'],
  ])('an error in an expression %s is reported with its line in the policy file', (_, expression, position) => {
    expect(collectErrors(toYaml(expression))).toEqual([`${position}: rule a: No such key: totl; ${orderHas}`]);
  });

  test('a policy file is rejected with all of its errors at once', () => {
    expect(collectErrors(formatPolicy('order.totl > 5', 'order.total > 0', 'order.total'))).toHaveLength(2);
  });

  test.each([
    ['is not YAML', 'rules: [', /^line 1, column 9: not YAML: /],
    ['refers to an undefined alias', 'rules: *nothing', /^line 1, column 8: an alias/],
    [
      'has an empty list of rules',
      'rules: []',
      /^line 1, column 8: the policy file: rules: must have at least one rule$/,
    ],
    ['has no rules', 'a: "1"', /^line 1, column 1: the policy file has no rules\n.* has an unknown member: a$/],
    ['is empty', '', /^the policy file is empty; it must have a list `rules`$/],
    ['has comments only', '# rules\n', /^the policy file is empty; it must have a list `rules`$/],
    ['is a list', '- a', /^line 1, column 1: the policy file must be a mapping$/],
    ['has a text as its rules', 'rules: a', /^line 1, column 8: the policy file: rules must be a list$/],
    ['has a text as a rule', 'rules:\n  - a', /^line 2, column 5: rule 1 must be a mapping$/],
    [
      'repeats an id',
      `{"rules": [${[1, 2].map(() => `\n${JSON.stringify(buildRule('true'))}`)}]}`,
      /^line 3, column 7: rule 2: id: 'r' is already the id of rule 1; ids must be unique$/,
    ],
    [
      'has a message that no database can store',
      JSON.stringify({ rules: [{ ...buildRule('true'), message: 'a\0b' }] }),
      /^line 1, column \d+: rule 1: message: must not contain NUL/,
    ],
    [
      'has a rule without a message',
      'rules: [{id: a, description: d, expression: "true"}]',
      /^line 1, column 9: rule 1 has no message$/,
    ],
    [
      'has an empty description',
      'rules: [{id: a, description: "", expression: "true", message: m}]',
      /^line 1, column 30: rule 1: description: must not be empty$/,
    ],
  ])('a policy file that %s is rejected', (_, text, error) => {
    expect(collectErrors(text).join('\n')).toMatch(error);
  });

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

  test.each([
    ['order.total > 5 ? true : false', "YAML reads ': ' in text without quotes as the start of a mapping"],
    ['order.items.all(i,\n      i.quantity > 0 ? true : false)', "YAML reads ': ' in text without quotes"],
    ['!has(order.note) || order.total > 0', 'YAML reads !has(order.note) as a tag'],
    ['!order.items.exists(i, i.quantity > 5)', 'YAML reads !order.items.exists(i, as a tag'],
    ['"region" in order.metadata', 'YAML reads only the part in quotes'],
    ['{"EUR": 1}[order.currency] > 0', 'YAML reads text that begins with { as a list or mapping'],
    ['[1, 2].all(i, i > 0)', 'YAML reads text that begins with [ as a list or mapping'],
    ['@order', 'YAML reads @ at the start of a text as a sign of its own'],
  ])('the unquoted expression %s gives one error, which says to put the text in quotes', (expression, reason) => {
    const errors = collectErrors(toYaml(expression));
    expect(errors).toEqual([
      expect.stringMatching(/^line 4, column 17: .*; put the text in quotes or in a block \(\|\)$/),
    ]);
    expect(errors[0]).toContain(reason);
  });

  test('unquoted texts of several rules give one error each, at their values', () => {
    const rule = '  - id: a\n    description: d\n    expression: !has(order.note) || true\n    message: Note: bad\n';
    expect(collectErrors(`rules:\n${rule}${rule}`).map((error) => error.split(': ')[0])).toEqual([
      ...['line 4, column 17', 'line 5, column 14', 'line 8, column 17', 'line 9, column 14'],
    ]);
  });

  test.each([
    ['"a\\d"', 'line 4, column 19: not YAML: Invalid escape sequence \\d; write a backslash twice in double quotes'],
    ['| true', 'line 4, column 17: the text of a block begins in the line after |'],
    ['"true', 'line 6, column 1: not YAML: Missing closing "quote'],
  ])('the expression %s, which is not YAML, gives the error %s', (expression, error) => {
    expect(collectErrors(toYaml(expression))).toEqual([error]);
  });

  test.each(['order.total > 0', "'!has(order.metadata.blocked)'", '|\n      true // c\n      && true', '"true" # c'])(
    'the expression %j is accepted from YAML',
    (expression) => {
      expect(collectErrors(toYaml(expression))).toEqual([]);
    },
  );

  test.each([
    ['/nowhere/policy.yaml', 'there is no such file'],
    [import.meta.dirname, 'it is a directory'],
  ])('the unreadable policy file %s is rejected with its path and the cause: %s', async (path, cause) => {
    await expect(loadPolicy(path)).rejects.toThrow(`cannot read the policy file ${path}: ${cause}`);
  });

  test('a policy has the same version for the same rules in YAML and JSON, and another version for other rules', () => {
    const yaml = 'rules:\n  - {id: r0, description: d, expression: "order.total > 0", message: m}\n';
    const { version } = parsePolicy(formatPolicy('order.total > 0'));
    expect(parsePolicy(yaml).version).toBe(version);
    expect(parsePolicy(formatPolicy('order.total > 1')).version).not.toBe(version);
    expect(version).toMatch(/^[0-9a-f]{12}$/);
  });
});

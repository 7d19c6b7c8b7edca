// The policy as a pure unit: what can be said, what is refused at the start, and when its version changes.

import { describe, expect, test } from 'vitest';
import { StartupError } from '../../server/shared/startup-error.ts';
import { loadPolicy, parsePolicy } from '../../server/validation/policy.ts';
import { toRuleInput, type ValidatableOrder } from '../../server/validation/rule-input.ts';
import { compileRules } from '../../server/validation/rules.ts';

const order: ValidatableOrder = {
  reference: null,
  customerId: 'customer-1',
  currency: 'EUR',
  items: [
    { productId: 'tea', quantity: 2, unitPrice: 1250 },
    { productId: 'cup', quantity: 1, unitPrice: 400 },
  ],
  note: null,
  metadata: { channel: 'shop' },
};

function ruleOf(expression: string) {
  return { id: 'the-rule', description: 'd', expression, message: 'm' };
}

function policyText(...expressions: string[]): string {
  return JSON.stringify({
    rules: expressions.map((expression, index) => ({ ...ruleOf(expression), id: `r${index}` })),
  });
}

function faultsOf(text: string): readonly string[] {
  try {
    parsePolicy(text);
  } catch (error) {
    if (error instanceof StartupError) return error.reasons;
    throw error;
  }
  return [];
}

describe('a rule', () => {
  test.each([
    ['order.total == 2900', true],
    ['order.total > 9007199254740993', false],
    ['order.items.size() == 2', true],
    ['order.items.all(item, item.quantity * item.unitPrice <= 2500)', true],
    ['order.items.exists(item, item.productId == "tea")', true],
    ['order.reference == null', true],
    ['order.note != null && order.note.contains("x")', false],
    ['order.metadata.channel in ["shop", "phone"]', true],
    ['"region" in order.metadata', false],
    ['order.customerId.matches("^customer-[0-9]+$")', true],
  ])('%s yields %s', (expression, result) => {
    const [compiled] = compileRules(parsePolicy(JSON.stringify({ rules: [ruleOf(expression)] })).rules);
    expect(compiled?.evaluate({ order: toRuleInput(order) })).toBe(result);
  });

  test('sees the exact total of amounts beyond what a double can add', () => {
    const items = [
      { productId: 'a', quantity: 9_007, unitPrice: 1_000_000_000_000 },
      { productId: 'b', quantity: 1, unitPrice: 199_254_740_993 },
    ];
    expect(toRuleInput({ ...order, items }).total).toBe(9_007_199_254_740_993n);
  });
});

describe('the default policy', () => {
  const verdictOn = async (fields: Partial<ValidatableOrder>) => {
    const { rules } = await loadPolicy(new URL('../../server/validation/default-policy.yaml', import.meta.url));
    const context = { order: toRuleInput({ ...order, ...fields }) };
    return compileRules(rules).flatMap(({ rule, evaluate }) => (evaluate(context) === true ? [] : [rule.id]));
  };

  test.each<[string, Partial<ValidatableOrder>, string[]]>([
    ['lets an order pass', {}, []],
    ['refuses a price of zero', { items: [{ productId: 'a', quantity: 1, unitPrice: 0 }] }, ['no-zero-prices']],
    [
      'refuses a product in two lines',
      { items: [...order.items, { productId: 'tea', quantity: 1, unitPrice: 1 }] },
      ['no-repeated-products'],
    ],
    ['lets a total at the limit pass', { items: [{ productId: 'a', quantity: 1, unitPrice: 100_000_000 }] }, []],
    [
      'refuses a total above the limit',
      { items: [{ productId: 'a', quantity: 1, unitPrice: 100_000_001 }] },
      ['total-limit'],
    ],
  ])('%s', async (_, fields, findings) => {
    expect(await verdictOn(fields)).toEqual(findings);
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
    ['a fault in a later line', 'order.total > 0 &&\n  order.totl > 5', 'rule r0, line 2, column 9: No such key: totl'],
    ['a rule that is not boolean', 'order.total', 'rule r0, line 1, column 1: yields int, must yield bool'],
  ])('is refused for %s', (_, expression, fault) => {
    expect(faultsOf(policyText(expression))).toEqual([fault]);
  });

  test('is refused with every fault at once', () => {
    expect(faultsOf(policyText('order.totl > 5', 'order.total > 0', 'order.total'))).toHaveLength(2);
  });

  test.each([
    ['is no YAML', 'rules: [', /^not YAML/],
    ['refers to what it does not have', 'rules: *nothing', /^not YAML/],
    ['has an empty list of rules', 'rules: []', /^rules: must have at least one rule$/],
    ['has no rules', 'a: 1', /^rules: /],
    ['repeats an id', JSON.stringify({ rules: [ruleOf('true'), ruleOf('true')] }), /ids must be unique/],
    [
      'has a message that no database keeps',
      JSON.stringify({ rules: [{ ...ruleOf('true'), message: 'a\0b' }] }),
      /^rules.0.message: must not contain NUL/,
    ],
    ['has a rule without a message', 'rules: [{id: a, description: d, expression: "true"}]', /^rules.0.message: /],
  ])('is refused where it %s', (_, text, fault) => {
    expect(faultsOf(text).join('\n')).toMatch(fault);
  });

  test('is refused by name where it cannot be read', async () => {
    await expect(loadPolicy('/nowhere/policy.yaml')).rejects.toThrow('cannot read /nowhere/policy.yaml');
  });

  test('has the same version for the same rules, in YAML or JSON, and another for others', () => {
    const yaml = 'rules:\n  - {id: r0, description: d, expression: "order.total > 0", message: m}\n';
    const { version } = parsePolicy(policyText('order.total > 0'));
    expect(parsePolicy(yaml).version).toBe(version);
    expect(parsePolicy(policyText('order.total > 1')).version).not.toBe(version);
    expect(version).toMatch(/^[0-9a-f]{12}$/);
  });
});

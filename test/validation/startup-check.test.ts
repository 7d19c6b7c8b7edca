// The check of the rules at the start: a rule that fails for a legal order is found, and nothing else is an error.

import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { newOrder } from '../../contract/schemas/order.ts';
import type { RunResult } from '../../server/domain/run.ts';
import { StartupError } from '../../server/shared/startup-error.ts';
import { noThreadReason } from '../../server/validation/batch-deadline.ts';
import { parsePolicy } from '../../server/validation/policy/policy.ts';
import type { ValidatableOrder } from '../../server/validation/policy/rule-input.ts';
import { describeOrder, largeSampleOrders, sampleOrders } from '../../server/validation/policy/sample-orders.ts';
import { RuleWorkerPool, validationLimits } from '../../server/validation/rule-worker-pool.ts';
import { assertRulesWork, type StartupCheckOptions } from '../../server/validation/startup-check.ts';

const validationTimeoutMs = 5_000;

/** Returns the text of a policy file in which the expression of the rule `r0` is in line 3, of `r1` in line 4, … */
function formatPolicy(expressions: readonly string[]): string {
  const rules = expressions.map((expression, index) =>
    JSON.stringify({ id: `r${index}`, description: 'd', message: 'm', expression }),
  );
  return `{\n"rules": [\n${rules.join(',\n')}\n]}`;
}

async function collectErrors(options: StartupCheckOptions): Promise<readonly string[]> {
  try {
    await assertRulesWork(options);
  } catch (error) {
    if (error instanceof StartupError) return error.reasons;
    throw error;
  }
  return [];
}

async function check(expressions: readonly string[], timeoutMs = validationTimeoutMs) {
  const logLines: { skipped?: number }[] = [];
  const log = pino({ level: 'warn' }, { write: (line) => logLines.push(JSON.parse(line)) });
  const policy = parsePolicy(formatPolicy(expressions));
  const options = { rules: policy.rules, log, timeoutMs, threads: 1, keepsThreads: true, ...validationLimits };
  await using ruleWorkers = new RuleWorkerPool(options);
  const errors = await collectErrors({ policy, ruleWorkers, log, validationTimeoutMs: timeoutMs });
  return { errors, logLines };
}

describe('sample orders', () => {
  test('every sample order is legal by the contract', () => {
    for (const order of [...sampleOrders, ...largeSampleOrders]) {
      const parsed = newOrder.safeParse(order);
      expect(parsed.error?.issues, describeOrder(order)).toBeUndefined();
      expect(parsed.data).toEqual(order);
    }
  });

  test('a sample order is described in a few characters, with the lengths of what is cut', () => {
    const descriptions = [...sampleOrders, ...largeSampleOrders].map(describeOrder);
    expect(descriptions[0]).toBe(
      '{"reference":null,"customerId":"customer-1","currency":"EUR",' +
        '"items":[{"productId":"tea","quantity":1,"unitPrice":1250}],"note":null,"metadata":{}}',
    );
    expect(descriptions.at(-1)).toContain('"… (100 elements)"]');
    expect(descriptions.some((text) => text.includes('"note":"xxxxxxxxxx… (2000 characters)"'))).toBe(true);
  });
});

describe('the check of the rules at the start', () => {
  /** Rules with the error and the part of the order that the message shows. */
  const failingRules: [expression: string, error: string, field: string][] = [
    ['order.note.contains("x")', "found no matching overload for 'null.contains(string)'", '"note":null'],
    ['order.note == null || order.note.substring(0, 5) != ""', 'end index out of range', '"note":""'],
    ['order.reference.startsWith("PO")', "for 'null.startsWith(string)'", '"reference":null'],
    ['has(order.reference) && order.reference.split("-")[1] != ""', 'index out of bounds', '"reference":"P"'],
    ['order.note.matches("x")', "found no matching overload for 'matches(null, string)'", '"note":null'],
    ['order.metadata.channel == "shop"', 'No such key: channel', '"metadata":{}'],
    ['order.metadata["channel"] == "shop"', 'No such key: channel', '"metadata":{}'],
    [
      'order.metadata.size() == 0 || int(order.metadata.channel) > 0',
      'int() cannot convert a text that is not an integer',
      '"channel":"shop"',
    ],
    ['order.items[1].unitPrice >= 0', 'index out of bounds', '"items":[{'],
    ['100 / order.items[0].unitPrice >= 0', 'division by zero', '"unitPrice":0'],
    ['order.total * 2000 >= 0', 'integer overflow', '"unitPrice":129728784761'],
    ['minorUnits(order.total, "KWD") * 2 >= 0', 'integer overflow', '"unitPrice":129728784761'],
    ['order.customerId.substring(0, 5) != ""', 'end index out of range', '"customerId":"c"'],
    ['{"EUR": 1, "JPY": 2, "KWD": 3}[order.currency] > 0', 'No such key: AED', '"currency":"AED"'],
    ['order.customerId.matches("(" + order.currency)', 'invalid regular expression: missing closing )', '"EUR"'],
    ['order.items.size() < 50 || order.items[100].quantity > 0', 'index out of bounds', '(100 elements)'],
    ['order.customerId.matches(order.customerId)', 'invalid regular expression', '"customerId":"([{*'],
    ['dyn(order.total)', 'yielded no boolean', '"reference":null'],
  ];

  test('each rule that fails for a legal order is refused with its line, the error and the order', async () => {
    const { errors } = await check(['order.total >= 0', ...failingRules.map(([expression]) => expression)]);
    expect(errors).toHaveLength(failingRules.length);
    for (const [index, [expression, error, field]] of failingRules.entries()) {
      const [start = '', order = ''] = errors[index]?.split(', for the order ') ?? [];
      const place = `\\(line ${index + 4}, column \\d+ of the policy file\\)$`;
      expect(start, expression).toMatch(new RegExp(`^rule r${index + 1} (failed: .*|yielded no boolean) ${place}`));
      expect(start).toContain(error);
      expect(order).toContain(field);
    }
  });

  test('rules that reject every order, or check for what is absent, are accepted', async () => {
    const { errors, logLines } = await check([
      'false',
      'order.total < 0',
      '!has(order.note) || order.note.contains("x")',
      'order.note != null && order.note.startsWith("x")',
      'order.reference == "PO-1"',
      '("channel" in order.metadata) && order.metadata.channel == "shop"',
      'order.items.size() < 2 || order.items[1].unitPrice > 0',
      'order.items.all(item, item.unitPrice == 0 || 100 / item.unitPrice < 5)',
      'order.items[5].quantity == 1 || true',
      'minorUnits(order.total, order.currency) >= 0',
    ]);
    expect(errors).toEqual([]);
    expect(logLines).toEqual([]);
  });

  /** A billion combinations for an order with ten items; one for an order with one item. */
  const nest = (list: string) => [...'abcdefghi'].reduceRight((rule, name) => `${list}.all(${name}, ${rule})`, 'true');

  test('a rule that is too slow for an order with 100 items is accepted with a warning', async () => {
    const { errors, logLines } = await check([nest('order.items.filter(item, order.items.size() > 5)')]);
    expect(errors).toEqual([]);
    expect(logLines).toMatchObject([
      { skipped: largeSampleOrders.length, msg: 'rules were not checked with every sample order: time limit reached' },
    ]);
  });

  test('a rule that exceeds its time limit for every order is refused, and only this rule', async () => {
    const { errors } = await check([nest('[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]'), 'order.total > 0'], 50);
    expect(errors).toEqual([
      expect.stringMatching(
        /^rule r0 \(line 3, .*\) cannot be evaluated for any sample order: The rules took longer than 50 ms\.$/,
      ),
    ]);
  });

  /** Returns the errors of a policy of two rules, if the evaluation of each sample order has a given result. */
  function checkWithResults(toResult: (index: number) => RunResult | undefined): Promise<readonly string[]> {
    let index = 0;
    const ruleWorkers = { evaluate: async (_order: ValidatableOrder) => toResult(index++) };
    const policy = parsePolicy(formatPolicy(['order.total > 0', 'true']));
    return collectErrors({ policy, ruleWorkers, log: pino({ level: 'silent' }), validationTimeoutMs });
  }

  test.each<[string, (index: number) => RunResult | undefined]>([
    ['is interrupted for all orders but one', (index) => (index === 7 ? { state: 'passed' } : timedOut)],
    ['gets no thread', () => ({ state: 'interrupted', error: noThreadReason })],
    ['is not evaluated in the time of the check', () => undefined],
  ])('a policy that %s because the machine is slow is accepted', async (_, toResult) => {
    expect(await checkWithResults(toResult)).toEqual([]);
  });

  test('a policy that is interrupted for every order is refused, and the rules together are named as the cause', async () => {
    expect(await checkWithResults(() => timedOut)).toEqual([
      `the rules together cannot be evaluated for any sample order: ${timedOut.error}`,
    ]);
  });
});

const timedOut = { state: 'interrupted', error: 'The rules took longer than 10 ms.' } as const;

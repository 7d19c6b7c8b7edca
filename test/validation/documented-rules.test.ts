// The description of the rules in docs/validation-rules.md: every expression has the value that the document states,
// the fields have their types, and every function is named.

import { readFileSync } from 'node:fs';
import { Environment } from '@marcbachmann/cel-js';
import { describe, expect, test } from 'vitest';
import { newOrder } from '../../contract/schemas/order.ts';
import { parsePolicy } from '../../server/validation/policy/policy.ts';
import { RuleOrder } from '../../server/validation/policy/rule-input.ts';
import { findRuleError } from '../../server/validation/policy/rules.ts';
import { buildRule, evaluateRule } from '../kit/validation/rules.ts';

const text = readFileSync(new URL('../../docs/validation-rules.md', import.meta.url), 'utf8');

/** Returns the cells of every row of the tables whose header begins with these columns. */
function readTables(...columns: string[]): string[][] {
  const tables = [...text.matchAll(/^\| (.*) \|\n\| ---.*\n((?:\|.*\n)+)/gm)];
  return tables
    .filter(([, header]) => columns.every((column, index) => header?.split(' | ')[index] === column))
    .flatMap(([, , rows = '']) => rows.trimEnd().split('\n'))
    .map((row) =>
      row
        .slice(2, -2)
        .split(' | ')
        .map((cell) => cell.replaceAll('\\|', '|')),
    );
}

/** Removes the backticks of inline code. */
function readCode(cell = ''): string {
  return /^`(.*)`$/.exec(cell)?.[1] ?? cell;
}

const order = newOrder.parse(JSON.parse(/^```json\n(.*?)^```/ms.exec(text)?.[1] ?? ''));

function evaluate(expression: string): unknown {
  return evaluateRule(`dyn(${expression})`, order);
}

const examples = readTables('expression', 'value').map(([expression, value]) => [
  readCode(expression),
  readCode(value),
]);

describe('the documented rules', () => {
  test('the document has tables of expressions, fields and differences', () => {
    expect(examples.length).toBeGreaterThan(120);
    expect(readTables('field', 'type').length).toBeGreaterThan(8);
  });

  test.each(examples)('the documented expression %s has the value %s', (expression = '', value = '') => {
    const error = findRuleError(buildRule(`dyn(${expression})`));
    if (value === 'refused') {
      expect(error?.message).toMatch(/./);
      return;
    }
    expect(error).toBeUndefined();
    if (value === 'error') expect(() => evaluate(expression)).toThrow();
    else {
      expect(evaluate(expression)).toEqual(evaluate(value));
      expect(evaluate(`[${expression}] == [${value}]`)).toBe(true);
    }
  });

  test.each(readTables('field', 'type').map(([field, type]) => [readCode(field), type]))(
    'the documented field %s has the type %s',
    (field = '', type = '') => {
      const error = findRuleError(buildRule(field));
      // The type checker of the library has no types that include null.
      if (type === 'string or null') expect(error).toBeUndefined();
      else expect(error?.message).toBe(`yields ${type}, must yield bool`);
    },
  );

  test('every field of the order and of its items is documented', () => {
    const fields = readTables('field', 'type').map(([field]) => readCode(field));
    const [item] = new RuleOrder(order).items;
    const expected = [
      ...Object.keys(new RuleOrder(order)).map((name) => `order.${name}`),
      ...Object.keys(item ?? {}).map((name) => `order.items[0].${name}`),
    ];
    expect(fields.toSorted()).toEqual(expected.toSorted());
  });

  test('every function of the CEL library is documented', () => {
    const names = new Environment().getDefinitions().functions.map(({ name }) => name);
    const optional = ['hasValue', 'none', 'of', 'or', 'orValue', 'value'];
    const code = [...text.matchAll(/`+([^`]+)`+/g)].map(([, span = '']) => span);
    const isDocumented = (name: string) => code.some((span) => new RegExp(`^${name}$|\\b${name}\\(`).test(span));
    const undocumented = names.filter((name) => !isDocumented(name));
    expect(undocumented.filter((name) => !optional.includes(name))).toEqual([]);
    expect(names.length).toBeGreaterThan(50);
  });

  test('the document shows a policy that is accepted', () => {
    expect(parsePolicy(/^```yaml\n(.*?)^```/ms.exec(text)?.[1] ?? '').rules).toHaveLength(1);
  });
});

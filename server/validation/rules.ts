// What a rule can say, in CEL, and how it is checked and compiled. Worker threads load this and little else, so that
// another one is there soon when one had to be killed.

import { Environment, type ParseResult } from '@marcbachmann/cel-js';
import type { Rule } from '../../contract/policy.ts';
import type { RuleInput } from './rule-input.ts';

const environment = new Environment()
  .registerType('Item', { fields: { productId: 'string', quantity: 'int', unitPrice: 'int' } })
  .registerVariable({
    name: 'order',
    schema: {
      reference: 'dyn',
      customerId: 'string',
      currency: 'string',
      items: 'list<Item>',
      total: 'int',
      note: 'dyn',
      metadata: 'map<string, string>',
    },
  });

/** Why a rule cannot work, with its id and the position in its expression; undefined where it can. */
export function findRuleError({ id, expression }: Rule): string | undefined {
  const { valid, type, error } = environment.check(expression);
  if (!valid) return `rule ${id}, ${describePosition(expression, error?.range?.start ?? 0)}: ${error?.summary}`;
  if (type !== 'bool' && type !== 'dyn') return `rule ${id}, line 1, column 1: yields ${type}, must yield bool`;
  return undefined;
}

/** A rule that is ready to judge. Yields anything: a rule over dynamic values may turn out not to be boolean. */
export type CompiledRule = { rule: Rule; evaluate: (context: { order: RuleInput }) => unknown };

/** Compiles rules that have no faults. */
export function compileRules(rules: readonly Rule[]): CompiledRule[] {
  return rules.map((rule) => {
    const parsed: ParseResult = environment.parse(rule.expression);
    return { rule, evaluate: (context) => parsed(context) };
  });
}

function describePosition(expression: string, offset: number): string {
  const before = expression.slice(0, offset).split('\n');
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

// The CEL environment of the rules: declares their variables, checks and compiles them. Worker threads load this file
// and little else, so that a terminated thread is replaced quickly.

import { Environment, ParseError, type ParseResult, type TypeCheckResult } from '@marcbachmann/cel-js';
import type { Rule } from '../../../contract/routes/policy.ts';
import { countFractionDigits } from '../../../contract/schemas/currencies.ts';
import { correctFunctions } from './corrections.ts';
import { replaceMacros } from './macros.ts';
import { RuleItem, RuleOrder } from './rule-input.ts';

const maxInt = 2n ** 63n - 1n;

/**
 * Converts an amount in major units to minor units: 5 is 500 in EUR, 5 in JPY and 5,000 in KWD.
 * @throws Error the result exceeds the integers of CEL, which have 64 bits
 */
function toMinorUnits(amount: bigint, currency: string): bigint {
  const result = amount * 10n ** BigInt(countFractionDigits(currency));
  if (result > maxInt || result < -maxInt) throw new Error('minorUnits: integer overflow');
  return result;
}

function isSameItem(first: RuleItem, second: RuleItem): boolean {
  const { productId, quantity, unitPrice } = first;
  return productId === second.productId && quantity === second.quantity && unitPrice === second.unitPrice;
}

const environment = new Environment()
  .registerFunction('minorUnits(int, string): int', toMinorUnits)
  .registerType('Item', { ctor: RuleItem, fields: { productId: 'string', quantity: 'int', unitPrice: 'int' } })
  .registerOperator('Item == Item', isSameItem)
  .registerType('Order', {
    ctor: RuleOrder,
    fields: {
      reference: 'dyn',
      customerId: 'string',
      currency: 'string',
      items: 'list<Item>',
      total: 'int',
      note: 'dyn',
      metadata: 'map<string, string>',
    },
  })
  .registerVariable('order', 'Order');

/** Returns the syntax or type error of a rule, with its id and the position in its expression, or undefined. */
export function findRuleError({ id, expression }: Rule): string | undefined {
  const { valid, type, error } = checkExpression(expression);
  if (!valid)
    return `rule ${id}, ${describePosition(expression, error?.range?.start ?? 0)}: ${error?.summary ?? error}`;
  if (type !== 'bool' && type !== 'dyn') return `rule ${id}, line 1, column 1: yields ${type}, must yield bool`;
  return undefined;
}

/**
 * A compiled rule. `evaluate` can return any type: the type of an expression with dynamic values is not known before.
 */
export type CompiledRule = { rule: Rule; evaluate: (context: { order: RuleOrder }) => unknown };

/**
 * Compiles rules for which `findRuleError` returns undefined.
 * @throws Error an expression has a syntax or type error
 */
export function compileRules(rules: readonly Rule[]): CompiledRule[] {
  return rules.map((rule) => {
    const { parsed, error } = checkExpression(rule.expression);
    if (!parsed) throw new Error(`rule ${rule.id} does not compile`, { cause: error });
    return { rule, evaluate: (context) => parsed(context) };
  });
}

/** Parses and type-checks an expression. `parsed` is the expression that was checked. */
function checkExpression(expression: string): TypeCheckResult & { parsed?: ParseResult } {
  try {
    const parsed = environment.parse(expression);
    replaceMacros(parsed.ast);
    const result = parsed.check();
    if (!result.valid) return result;
    correctFunctions(parsed.ast);
    return { ...result, parsed };
  } catch (error) {
    return { valid: false, error: error instanceof ParseError ? error : new ParseError(String(error)) };
  }
}

function describePosition(expression: string, offset: number): string {
  const before = expression.slice(0, offset).split('\n');
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

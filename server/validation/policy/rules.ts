// The CEL environment of the rules: declares their variables, checks and compiles them. Worker threads load this file
// and little else, so that a terminated thread is replaced quickly.

import { Environment, ParseError, type ParseResult, type TypeCheckResult } from '@marcbachmann/cel-js';
import type { Rule } from '../../../contract/routes/policy.ts';
import { countFractionDigits } from '../../../contract/schemas/currencies.ts';
import { correctFunctions } from './corrections.ts';
import { findHint } from './expression-hints.ts';
import { replaceMacros } from './macros.ts';
import { itemFields, orderFields, RuleItem, RuleOrder } from './rule-input.ts';

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
  .registerType('Item', { ctor: RuleItem, fields: itemFields })
  .registerOperator('Item == Item', isSameItem)
  .registerType('Order', { ctor: RuleOrder, fields: orderFields })
  .registerVariable('order', 'Order');

/** An error in the expression of a rule, and the index of the character at which it was found. */
export type RuleError = { offset: number; message: string };

/** Returns the syntax or type error of a rule, or undefined. */
export function findRuleError({ expression }: Pick<Rule, 'expression'>): RuleError | undefined {
  const { valid, type, error } = checkExpression(expression);
  if (!valid) {
    const offset = error?.range?.start ?? 0;
    const message = error?.summary ?? String(error);
    const hint = findHint(message, expression, offset);
    return { offset, message: hint === undefined ? message : `${message}; ${hint}` };
  }
  if (type !== 'bool' && type !== 'dyn') return { offset: 0, message: `yields ${type}, must yield bool` };
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

// Builds and evaluates single rules.

import type { Rule } from '../../../contract/routes/policy.ts';
import { RuleOrder, type ValidatableOrder } from '../../../server/validation/policy/rule-input.ts';
import { compileRules } from '../../../server/validation/policy/rules.ts';

/** An order without optional fields, as rules read it: two teas and a cup, 2900 in all. */
export const ruleOrder: ValidatableOrder = {
  reference: null,
  customerId: 'customer-1',
  currency: 'EUR',
  items: [
    { productId: 'tea', quantity: 2, unitPrice: 1250 },
    { productId: 'cup', quantity: 1, unitPrice: 400 },
  ],
  note: null,
  metadata: {},
};

/** Builds a rule, by default with the id `r`. */
export function buildRule(expression: string, id = 'r'): Rule {
  return { id, description: 'd', expression, message: 'm' };
}

/** Evaluates an expression for {@link ruleOrder} with other fields. It must yield a bool, or be within `dyn(…)`. */
export function evaluateRule(expression: string, fields: Partial<ValidatableOrder> = {}): unknown {
  const [compiled] = compileRules([buildRule(expression)]);
  return compiled?.evaluate({ order: new RuleOrder({ ...ruleOrder, ...fields }) });
}

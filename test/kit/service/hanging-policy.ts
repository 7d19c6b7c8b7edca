// Validation rules whose evaluation does not end within any time limit of a test.

const variables = ['a', 'b', 'c', 'd', 'e', 'f'];
const sum = variables.map((name) => `${name}.quantity`).join(' + ');

/** Visits every combination of six items: 10^12 combinations for 100 items, a single one for one item. */
export const slowExpression = variables.reduceRight(
  (inner, name) => `order.items.all(${name}, ${inner})`,
  `${sum} > 0`,
);

/** Returns the text of a policy file with one rule. */
export function toPolicyText(rule: string): string {
  return JSON.stringify({
    rules: [{ id: 'the-rule', description: 'd', expression: rule, message: 'The rule says no.' }],
  });
}

/** The text of a policy file whose rule hangs on an order with `manyItems`. */
export const hangingPolicy = toPolicyText(slowExpression);

export const manyItems = Array.from({ length: 100 }, (_, index) => ({
  productId: `p${index}`,
  quantity: 1,
  unitPrice: 1,
}));

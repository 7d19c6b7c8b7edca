// Validation rules that hang or fail with an error. They pass the sample orders of the start.

const variables = ['a', 'b', 'c', 'd', 'e', 'f'];
const sum = variables.map((name) => `${name}.quantity`).join(' + ');

const combinations = variables.reduceRight((inner, name) => `order.items.all(${name}, ${inner})`, `${sum} > 0`);

/** Visits every combination of six items if one is the product `p0`: 10^12 combinations for `manyItems`. */
export const slowExpression = `!order.items.exists(item, item.productId == "p0") || ${combinations}`;

/** Returns the text of a policy file with one rule. */
export function toPolicyText(rule: string): string {
  return JSON.stringify({
    rules: [{ id: 'the-rule', description: 'd', expression: rule, message: 'The rule says no.' }],
  });
}

/** Metadata of an order for which the rule of `failingPolicy` fails with an error. */
export const failingMetadata = { level: 'high' };

/** The text of a policy file whose rule fails with an error for `failingMetadata`, and is true for other orders. */
export const failingPolicy = toPolicyText('!has(order.metadata.level) || int(order.metadata.level) > 0');

/** The text of a policy file whose rule hangs on an order with `manyItems`. */
export const hangingPolicy = toPolicyText(slowExpression);

export const manyItems = Array.from({ length: 100 }, (_, index) => ({
  productId: `p${index}`,
  quantity: 1,
  unitPrice: 1,
}));

// Rules that never come to an end on an order with many items, for tests of what happens meanwhile.

const variables = ['a', 'b', 'c', 'd', 'e', 'f'];
const sum = variables.map((name) => `${name}.quantity`).join(' + ');

/** Goes through every combination of six items: a million million for a hundred items, one for one. */
export const slowExpression = variables.reduceRight(
  (inner, name) => `order.items.all(${name}, ${inner})`,
  `${sum} > 0`,
);

/** The text of a policy file with one rule. */
export function toPolicyText(rule: string): string {
  return JSON.stringify({
    rules: [{ id: 'the-rule', description: 'd', expression: rule, message: 'The rule says no.' }],
  });
}

export const hangingPolicy = toPolicyText(slowExpression);

/** Enough items to hang on. */
export const manyItems = Array.from({ length: 100 }, (_, index) => ({
  productId: `p${index}`,
  quantity: 1,
  unitPrice: 1,
}));

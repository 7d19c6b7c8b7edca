// The total of an order.

/** The sum of quantity × unit price in minor units, or `undefined` if it exceeds `Number.MAX_SAFE_INTEGER`. */
export function computeTotal(items: readonly { quantity: number; unitPrice: number }[]): number | undefined {
  const total = items.reduce((sum, item) => sum + BigInt(item.quantity) * BigInt(item.unitPrice), 0n);
  return total <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(total) : undefined;
}

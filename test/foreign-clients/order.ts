// The order that every program creates.

export const newOrder = {
  customerId: 'customer-17',
  currency: 'EUR' as const,
  items: [{ productId: 'tea-green-250', quantity: 2, unitPrice: 1250 }],
};

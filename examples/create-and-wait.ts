// Creates an order, waits until its rules were evaluated, and approves it.

import { createClient, isProblem } from '@order-workflow/client';

const client = createClient({ baseUrl: process.env.ORDERS_URL ?? 'http://127.0.0.1:8000' });

const { orderId, state } = await client.orders.createAndWait({
  customerId: 'customer-17',
  currency: 'EUR',
  items: [{ productId: 'tea-green-250', quantity: 2, unitPrice: 1250 }],
});
console.log(state); // passed

await client.orders.approve({ orderId, note: 'Within the budget' });
try {
  await client.orders.approve({ orderId });
} catch (error) {
  if (!isProblem(error, 'invalid-transition')) throw error;
  console.log(error.message); // invalid-transition: Cannot approve order in status 'APPROVED'. Must be 'VALIDATED'
  console.log(error.requestId); // also in the log of the service
}

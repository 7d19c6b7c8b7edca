// Creates an order, waits until its rules were evaluated, and approves it.

import { createClient, isProblem } from '@order-workflow/client';

const client = createClient({ baseUrl: process.env.ORDERS_URL ?? 'http://127.0.0.1:8000' });

const order = await client.orders.create({
  customerId: 'customer-17',
  currency: 'EUR',
  items: [{ productId: 'tea-green-250', quantity: 2, unitPrice: 1250 }],
});
const validation = await client.orders.validateAndWait({ orderId: order.id });
console.log(validation.state); // passed

await client.orders.approve({ orderId: order.id, note: 'Within the budget' });
try {
  await client.orders.approve({ orderId: order.id });
} catch (error) {
  if (!isProblem(error, 'invalid-transition')) throw error;
  console.log(error.message); // invalid-transition: Cannot approve order in status 'APPROVED'. Must be 'VALIDATED'
  console.log(error.requestId); // also in the log of the service
}

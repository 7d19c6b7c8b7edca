// Approves all validated orders up to a total, as a scheduled script does. It can be started again at any time.

import { createClient, isProblem } from '@order-workflow/client';

const maxTotal = Number(process.env.MAX_TOTAL ?? 10_000);
const client = createClient({
  baseUrl: process.env.ORDERS_URL ?? 'http://127.0.0.1:8000',
  token: process.env.ORDERS_TOKEN,
  onRetry: ({ operation, attempt, delayMs }) => console.error(`${operation}: attempt ${attempt} failed, ${delayMs} ms`),
});

let approved = 0;
for await (const order of client.orders.list({ status: 'VALIDATED', sort: 'id' })) {
  if (order.total > maxTotal) continue;
  try {
    // Approves the version that was checked. A changed order is left for the next start.
    await client.orders.approve({ orderId: order.id, note: `At most ${maxTotal}` }, { ifMatch: order.version });
    approved += 1;
  } catch (error) {
    const isSkipped = isProblem(error, 'version-mismatch') || isProblem(error, 'invalid-transition');
    if (!isSkipped && !isProblem(error, 'separation-of-duties')) throw error;
    console.log(`order ${order.id} was skipped: ${error.problem.detail}`);
  }
}
console.log(`${approved} orders were approved`);

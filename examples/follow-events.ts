// Follows all events of orders, and continues after the last handled event when it is started again.

import { readFile, writeFile } from 'node:fs/promises';
import { createClient } from '@order-workflow/client';

const client = createClient({
  baseUrl: process.env.ORDERS_URL ?? 'http://127.0.0.1:8000',
  token: process.env.ORDERS_TOKEN,
});

const file = process.env.POSITION_FILE ?? 'position.txt';
const stored = await readFile(file, 'utf8').catch(() => '0');

const options = { onLost: (reason: unknown) => console.error('connection lost, reconnecting', reason) };
for await (const event of client.events.stream({ after: Number(stored) }, options)) {
  switch (event.type) {
    case 'order.created':
      console.log(`order ${event.orderId} of ${event.data.order.customerId} was created`);
      break;
    case 'order.approved':
      console.log(`order ${event.orderId} was approved by ${event.actor.id}`);
      break;
    case 'order.rejected':
      console.log(`order ${event.orderId} was rejected: ${event.data.findings.length} violated rules`);
      break;
    default:
      // Other types, also those that a newer service adds.
      console.log(`${event.type} at ${event.position}`);
  }
  // Stored after the event was handled: a crash in between repeats an event instead of losing it.
  await writeFile(file, String(event.position));
}

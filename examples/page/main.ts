// A page that creates an order, follows its events, and approves it. The service must allow the origin of the page:
// `CORS_ORIGINS=http://localhost:5173 npm start`, and then `npx vite examples/page`.

import { canPerform, createClient } from '@order-workflow/client';

const service = new URLSearchParams(location.search).get('service') ?? 'http://127.0.0.1:8000';
const client = createClient({ baseUrl: service });

const button = document.querySelector<HTMLButtonElement>('#create');
const result = document.querySelector<HTMLOutputElement>('#result');

async function createAndApprove(): Promise<string> {
  const order = await client.orders.create({
    customerId: 'customer-17',
    currency: 'EUR',
    items: [{ productId: 'tea-green-250', quantity: 2, unitPrice: 1250 }],
  });
  await client.orders.validateAndWait({ orderId: order.id });
  const validated = await client.orders.get({ orderId: order.id });
  if (!canPerform('approve', validated)) return `Order ${order.id} is ${validated.status}`;
  const { status } = await client.orders.approve({ orderId: order.id }, { ifMatch: validated.version });
  return `Order ${order.id} is ${status}`;
}

button?.addEventListener('click', () => {
  createAndApprove().then(
    (text) => result?.replaceChildren(text),
    (error: unknown) => result?.replaceChildren(String(error)),
  );
});

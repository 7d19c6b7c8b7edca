// Rules that exhaust memory end their worker thread only: the process continues to serve and to validate.

import { expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import { createTemporaryDatabase } from '../kit/database/database.ts';
import { createTemporaryFolder } from '../kit/folder.ts';
import { buildOrder, waitForValidation } from '../kit/http/orders.ts';
import { startServiceProcess } from '../kit/service/process.ts';

/** Builds nested lists of long strings: 10^8 strings for 100 items, a single one for one item. */
const expression = `order.items.map(a, order.items.map(b, order.items.map(c, order.items.map(d,
  a.productId + b.productId + c.productId + d.productId)))).size() > 0`;

const expensiveItems = Array.from({ length: 100 }, (_, index) => ({
  productId: `${'x'.repeat(50)}${index}`,
  quantity: 1,
  unitPrice: 1,
}));

test('the service survives rules that repeatedly run out of memory', { timeout: 120_000 }, async () => {
  await using folder = await createTemporaryFolder();
  await using database = await createTemporaryDatabase();
  const rules = [{ id: 'expensive', description: 'd', expression, message: 'm' }];
  await using service = await startServiceProcess({
    DATABASE_URL: database.url,
    VALIDATION_POLICY: await folder.write('policy.json', JSON.stringify({ rules })),
    VALIDATION_TIMEOUT_MS: '60000',
    VALIDATION_ATTEMPTS: '2',
  });
  const client = createClient({ baseUrl: service.url, timeoutMs: 100_000, maxRetries: 0 });
  await client.orders.create(buildOrder({ items: expensiveItems }));
  await client.orders.validate({ orderId: 1 });
  for (let count = 0; count < 2; count += 1) {
    const { error } = await client.policy.check(buildOrder({ items: expensiveItems }));
    expect(error).toMatch(/^The thread ended: .*memory/);
  }
  expect(await waitForValidation(client, 1)).toMatchObject({
    state: 'dead',
    attempt: 2,
    error: expect.stringMatching(/memory/),
  });
  const { id: orderId } = await client.orders.create(buildOrder());
  const { validation } = await client.orders.validate({ orderId });
  expect(await waitForValidation(client, validation.id)).toMatchObject({ state: 'passed' });
});

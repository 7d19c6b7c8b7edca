// A service in the midst of a validation that does not come to an end by itself.

import { startTestApp, type TestApp, type TestOptions } from './app.ts';
import { hangingPolicy, manyItems } from './hanging-policy.ts';
import { buildOrder } from './orders.ts';

/** Starts a service, with order 1 and its validation 1 under way. */
export async function startHangingApp(options: TestOptions = {}): Promise<TestApp> {
  const app = await startTestApp({ policy: hangingPolicy, validationTimeoutMs: 60_000, ...options });
  await app.client.orders.create(buildOrder({ items: manyItems }));
  await app.client.orders.validate({ orderId: 1 });
  return app;
}

// A service with a validation that does not end by itself.

import { buildOrder } from '../http/orders.ts';
import { startTestApp, type TestApp, type TestOptions } from './app.ts';
import { hangingPolicy, manyItems } from './hanging-policy.ts';

/** Starts a service, creates order 1 and starts its validation, which has the id 1. */
export async function startHangingApp(options: TestOptions = {}): Promise<TestApp> {
  const app = await startTestApp({ policy: hangingPolicy, validationTimeoutMs: 60_000, ...options });
  await app.client.orders.create(buildOrder({ items: manyItems }));
  await app.client.orders.validate({ orderId: 1 });
  return app;
}

// Data for tests that execute every operation of the API page.

import { expect } from 'vitest';
import { buildOrder, createValidatedOrder, validateOrder } from '../http/orders.ts';
import { startTestApp, type TestApp } from '../service/app.ts';
import { failingMetadata, failingPolicy } from '../service/hanging-policy.ts';
import { waitUntil } from '../wait-until.ts';
import { localTargets, startReceiver } from '../webhooks/receiver.ts';

/** A service with orders, validations and webhooks in all states that the operations require. */
export type ApiPageApp = TestApp & {
  /** Values that a user enters, because the page cannot know them, by operation. */
  readonly entered: Readonly<Record<string, Record<string, string>>>;
  /** Waits until all validations have ended, and the events of the webhooks are failing. */
  waitUntilSettled(): Promise<void>;
};

/** Starts the service and creates the data. The receiver of its webhooks fails. */
export async function startApiPageApp(): Promise<ApiPageApp> {
  await using opening = new AsyncDisposableStack();
  const app = opening.use(await startTestApp({ policy: failingPolicy, ...localTargets }));
  const receiver = opening.use(await startReceiver(500));
  const { orders, webhooks, stats } = app.client;
  // It is the oldest order, so that the page suggests others.
  const { id } = await orders.create(buildOrder({ metadata: failingMetadata }));
  const dead = await validateOrder(app.client, id);
  expect(dead.state).toBe('dead');
  const target = { url: receiver.url, types: ['order.rejected' as const], description: 'failing' };
  for (let count = 0; count < 3; count += 1) await webhooks.create(target);
  for (let count = 0; count < 4; count += 1) {
    const { id: orderId } = await orders.create(buildOrder());
    await orders.reject({ orderId });
  }
  for (let count = 0; count < 2; count += 1) await createValidatedOrder(app.client);
  const opened = opening.move();
  return {
    ...app,
    entered: { 'validations.retry': { validationId: String(dead.id) } },
    waitUntilSettled: async () => {
      await waitUntil(
        async () => {
          const { data } = await webhooks.list().page();
          const waiting = data.filter(({ description, failure }) => description === 'failing' && failure === null);
          return waiting.length + (await stats.get()).openValidations;
        },
        (count) => count === 0,
      );
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

// Whole lives of orders on a command bus, without HTTP.

import { buildCreateCommand, runSettings, testInitiator } from './commands.ts';
import type { TestNode } from './store.ts';

/** Takes orders through their lives, each step as one group. Some requests have idempotency keys and references. */
export async function completeOrders(
  { execute, executeIdempotent }: TestNode,
  name: string,
  count: number,
): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `${name}-${index}`);
  const orders = await Promise.all(names.map((reference) => execute(buildCreateCommand({ reference }))));
  await Promise.all(
    names.map((key) =>
      executeIdempotent(buildCreateCommand(), {
        ...{ principal: 'ann', key, fingerprint: key },
        renderResponse: () => ({ status: 201, headers: {}, body: key }),
      }),
    ),
  );
  const forEach = <Result>(step: (orderId: number) => Promise<Result>) => Promise.all(orders.map(({ id }) => step(id)));
  const initiator = testInitiator;
  await forEach((orderId) => execute({ type: 'order.edit', initiator, orderId, edit: { note: name } }));
  const runs = await forEach((orderId) => execute({ type: 'order.validate', initiator, orderId, ...runSettings }));
  const claim = { type: 'run.claim', leaseMs: 60_000, policyVersion: 'p' } as const;
  const claims = await Promise.all(runs.map(({ id: runId, fence }) => execute({ ...claim, runId, fence })));
  const result = { state: 'passed' } as const;
  await Promise.all(
    claims.map((claimed) => {
      const { id: runId, fence } = claimed?.run ?? { id: 0, fence: 0 };
      return execute({ type: 'run.settle', runId, fence, result, retryDelayMs: 0 });
    }),
  );
  const approval = { type: 'order.approve', initiator, note: null, hasSeparationOfDuties: false } as const;
  await forEach((orderId) => execute({ ...approval, orderId }));
}

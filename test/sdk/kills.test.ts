// Creates by the SDK while the service is killed and restarted: no error reaches the caller, and no order is missing or
// created twice. On SQLite one node is killed; on PostgreSQL one of two nodes behind a load balancer. `npm run
// test:sdk` runs 1,000 creates with five kills on both.

import { expect, test } from 'vitest';
import { defaultEnvironment } from '../../client/environment.ts';
import { type ClientEnvironment, type ClientOptions, createClient, type RetryInfo } from '../../client/index.ts';
import { startLoadBalancer } from '../kit/chaos/load-balancer.ts';
import { Nodes } from '../kit/chaos/nodes.ts';
import { createRandom } from '../kit/chaos/random.ts';
import { chooseRounds, createTemporaryDatabase } from '../kit/database/database.ts';
import { buildOrder, readEveryOrder } from '../kit/http/orders.ts';

const isCampaign = process.env.SDK_KILLS !== undefined;
const kills = Number(process.env.SDK_KILLS ?? 1);
const creates = isCampaign ? 1_000 : 200;
const writers = 4;

/** Short pauses, so that the test takes hardly longer than the restarts. The campaign tests the real ones. */
const impatientEnvironment: ClientEnvironment = {
  ...defaultEnvironment,
  sleep: (ms, signal) => defaultEnvironment.sleep(Math.min(ms, 200), signal),
};

test(`${creates} creates by the SDK are executed once each during ${kills} kills of the service`, {
  timeout: 60_000 + kills * 30_000,
}, async () => {
  await using database = await createTemporaryDatabase();
  const count = chooseRounds(undefined, { sqlite: 1, postgres: 2 });
  await using nodes = await Nodes.start(Array.from({ length: count }, () => ({ DATABASE_URL: database.url })));
  const random = createRandom(1);
  await using balancer = await startLoadBalancer(() => nodes.pick(random));
  const retries: RetryInfo[] = [];
  const options: ClientOptions = {
    baseUrl: count === 1 ? (nodes.urls[0] ?? '') : balancer.url,
    onRetry: (retry) => void retries.push(retry),
    ...(isCampaign ? {} : { maxRetries: 200 }),
  };
  const client = createClient(options, isCampaign ? defaultEnvironment : impatientEnvironment);
  let created = 0;
  let killed = 0;
  const write = async () => {
    while (created < creates) {
      created += 1;
      const note = `create ${created}`;
      if (created > ((killed + 1) * creates) / (kills + 1) && killed < kills) {
        killed += 1;
        await nodes.waitUntilAllReady();
        // The kill is not awaited: the other writers have requests in progress.
        void nodes.kill(random);
      }
      await client.orders.create(buildOrder({ note }));
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
  await nodes.waitUntilAllReady();
  expect({ killed, unexpectedExits: nodes.unexpectedExits }).toEqual({ killed: kills, unexpectedExits: [] });
  expect(retries.length).toBeGreaterThan(0);
  const orders = [...(await readEveryOrder(client)).values()];
  expect(orders).toHaveLength(creates);
  expect(new Set(orders.map(({ note }) => note)).size).toBe(creates);
});

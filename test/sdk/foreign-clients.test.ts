// Clients that foreign generators create from the OpenAPI document: they compile under --strict and take an order to
// APPROVED. `FOREIGN_CLIENTS=all` adds the generators that are installed on demand (`npm run test:generators`).

import { beforeAll, expect, test } from 'vitest';
import {
  generateClient,
  heavyGenerators,
  installHeavyGenerators,
  lightGenerators,
} from '../kit/sdk/foreign-clients.ts';
import { startTestApp } from '../kit/service/app.ts';

const isEverything = process.env.FOREIGN_CLIENTS === 'all';

beforeAll(async () => {
  if (isEverything) await installHeavyGenerators();
}, 300_000);

test.each(isEverything ? [...lightGenerators, ...heavyGenerators] : lightGenerators)(
  'a client that $program generates compiles under --strict, takes an order to APPROVED, and has typed problems',
  { timeout: 180_000 },
  async (generator) => {
    await using app = await startTestApp();
    await using client = await generateClient(generator, app.url);
    await client.compile();
    expect(await client.approveOrder()).toEqual(['passed', 'APPROVED', 'APPROVED', 'VALIDATED']);
  },
);

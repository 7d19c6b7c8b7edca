// Jobs on SQLite: a single process uses the file, so that leases found at its start belong to a process that has ended.

import { expect, test } from 'vitest';
import type { Tables } from '../../server/database/tables.ts';
import { createTemporaryDatabase } from '../kit/database/database.ts';
import { openTestStore } from '../kit/database/store.ts';
import { waitForValidation } from '../kit/http/orders.ts';
import { startTestApp } from '../kit/service/app.ts';
import { startHangingApp } from '../kit/service/hanging-app.ts';

test('a start takes over the jobs of an ended process without waiting for their leases to expire', async () => {
  await using database = await createTemporaryDatabase();
  const databaseUrl = database.url;
  const hourMs = 3_600_000;
  {
    await using _app = await startHangingApp({ databaseUrl });
  }
  {
    await using store = await openTestStore(databaseUrl);
    await store.transaction(async (em) => {
      const kysely = em.getKysely<Tables>();
      await kysely.updateTable('validation_runs').set({ state: 'running', attempt: 1, fence: 5 }).execute();
      await kysely
        .updateTable('validation_jobs')
        .set({ leased_until_ms: Date.now() + hourMs })
        .execute();
    });
  }
  await using app = await startTestApp({ databaseUrl, leaseMs: 2 * hourMs });
  expect(await waitForValidation(app.client, 1)).toMatchObject({ state: 'passed', attempt: 2 });
});

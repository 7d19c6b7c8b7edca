// Jobs on SQLite, where one process has the file: whatever is claimed at its start was claimed by one that has died.

import { expect, test } from 'vitest';
import type { Tables } from '../../server/database/tables.ts';
import { startTestApp } from '../kit/app.ts';
import { createTemporaryDatabase } from '../kit/database.ts';
import { startHangingApp } from '../kit/hanging-app.ts';
import { waitForValidation } from '../kit/orders.ts';
import { openTestStore } from '../kit/store.ts';

test('takes up at the start what a process that has died had claimed, without waiting for the end of its lease', async () => {
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

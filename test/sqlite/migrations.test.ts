// What the migrations of SQLite make of databases that are older than they.

import { expect, test } from 'vitest';
import type { Store } from '../../server/database/store.ts';
import { startTestApp } from '../kit/app.ts';
import { temporaryDatabase } from '../kit/database.ts';
import { anOrder } from '../kit/orders.ts';
import { openTestStore } from '../kit/store.ts';

test('finds out from the log who had a part in the orders that are there already', async () => {
  await using database = await temporaryDatabase();
  const databaseUrl = database.url;
  {
    await using app = await startTestApp({ databaseUrl });
    await app.client.orders.create(anOrder());
    await app.client.orders.edit({ orderId: 1, note: 'edited' });
    await app.client.orders.create(anOrder());
    await app.client.orders.reject({ orderId: 2 });
    await forgetTrust(app.service.store);
  }
  await using store = await openTestStore(databaseUrl);
  const rows = await store.reader.selectFrom('orders').select('contributors').orderBy('id').execute();
  expect(rows.map(({ contributors }) => contributors)).toEqual(['["anonymous","ben"]', '["anonymous"]']);
});

/** Takes the database back to before it kept any of this; somebody else has edited and rejected. */
async function forgetTrust({ transaction }: Store): Promise<void> {
  await transaction(async (em) => {
    for (const statement of [
      "update events set actor_id = 'ben' where type in ('order.updated', 'order.rejected')",
      'alter table orders drop column contributors',
      'alter table events drop column address',
      'drop table kept_answers',
      "delete from mikro_orm_migrations where name = '003-trust'",
    ]) {
      await em.getConnection().execute(statement, [], 'run', em.getTransactionContext());
    }
  });
}

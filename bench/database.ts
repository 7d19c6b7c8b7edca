// A database as the service makes it: its tables and indexes, and no orders.

import { openStore } from '../server/store/store.ts';

/** Makes the file at `path`, and leaves it to whoever opens it next. */
export async function makeDatabase(path: string): Promise<void> {
  await using _store = await openStore(path);
}

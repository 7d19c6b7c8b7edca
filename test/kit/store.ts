// A store in a test, as the service opens it, and a door on it.

import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { decide, needsOf } from '../../server/commands/command-table.ts';
import type { Commands } from '../../server/commands/commands.ts';
import { readConfig } from '../../server/config.ts';
import { Door, type DoorOptions } from '../../server/store/door.ts';
import { openStore, type Store, type StoreOptions } from '../../server/store/store.ts';
import { createSqliteQueue } from '../../server/validation/sqlite-queue.ts';

export function openTestStore(databaseUrl: string, options: Partial<StoreOptions> = {}): Promise<Store> {
  const log = pino({ level: 'silent' });
  return openStore({ ...readConfig({ DATABASE_URL: databaseUrl }), log, ...options });
}

export type Node = AsyncDisposable & Pick<Door<Commands>, 'commit' | 'commitOnce'> & { store: Store };

type NodeOptions = Partial<StoreOptions> & {
  /** Is waited for between the reads of a group and its commit. */
  hold?(): Promise<void>;
  decide?: DoorOptions<Commands>['decide'];
};

/** A store and its door: as much of a node as there has to be to write. */
export async function openNode(databaseUrl: string, { hold, ...options }: NodeOptions = {}): Promise<Node> {
  await using opening = new AsyncDisposableStack();
  const store = opening.use(await openTestStore(databaseUrl, options));
  const queue = createSqliteQueue({ store, leaseMs: 0, now: Date.now });
  const door = opening.use(
    new Door<Commands>({
      store,
      needsOf,
      decide: options.decide ?? decide,
      writeJobs: async (em, jobs) => {
        await queue.write(em, jobs);
        await hold?.();
      },
      onCommit: () => {},
      newEventId: () => uuidv7(),
      now: Date.now,
    }),
  );
  const { commit, commitOnce } = door;
  const opened = opening.move();
  return { store, commit, commitOnce, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

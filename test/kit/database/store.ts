// The parts of a node that write to the database, opened without the rest of the service.

import { sql } from 'kysely';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { CommandBus, type CommandBusOptions } from '../../../server/commands/command-bus.ts';
import { decide, readSetFor } from '../../../server/commands/command-registry.ts';
import { readConfig } from '../../../server/config/config.ts';
import { openStore } from '../../../server/database/open-store.ts';
import type { Store, StoreOptions } from '../../../server/database/store.ts';
import type { JobQueue } from '../../../server/validation/queue/job-queue.ts';
import { openQueue } from '../../../server/validation/queue/open-queue.ts';

/** Opens a store with the default configuration. */
export function openTestStore(databaseUrl: string, options: Partial<StoreOptions> = {}): Promise<Store> {
  const log = pino({ level: 'silent' });
  return openStore({ ...readConfig({ DATABASE_URL: databaseUrl }), log, ...options });
}

/** Opens the job queue of a store. */
export function openTestQueue(
  store: Store,
  databaseUrl: string,
  options: Partial<StoreOptions> = {},
): Promise<JobQueue> {
  const log = pino({ level: 'silent' });
  return openQueue({ ...readConfig({ DATABASE_URL: databaseUrl }), log, ...options, store, now: Date.now });
}

/** Returns the ids of the runs that have an open job. */
export async function findOpenJobIds({ reader, dialect }: Store): Promise<number[]> {
  const jobs = dialect.isShared
    ? sql<{ id: number }>`select (data ->> 'runId')::bigint as id from pgboss.job where state < 'completed' order by 1`
    : sql<{ id: number }>`select run_id as id from validation_jobs order by 1`;
  return (await jobs.execute(reader)).rows.map(({ id }) => id);
}

/** Deletes the jobs of all runs. */
export async function deleteJobs({ transaction, dialect }: Store): Promise<void> {
  const deletion = dialect.isShared ? sql`delete from pgboss.job` : sql`delete from validation_jobs`;
  await transaction((em) => deletion.execute(em.getKysely()));
}

export type TestNode = AsyncDisposable & Pick<CommandBus, 'execute' | 'executeIdempotent'> & { store: Store };

type NodeOptions = Partial<StoreOptions> & {
  /** Awaited between the reads of a group and its commit. */
  beforeCommit?(): Promise<void>;
  decide?: CommandBusOptions['decide'];
};

/** Opens a store and a command bus on it. Nothing evaluates rules or sends webhooks. */
export async function openTestNode(
  databaseUrl: string,
  { beforeCommit, ...options }: NodeOptions = {},
): Promise<TestNode> {
  await using opening = new AsyncDisposableStack();
  const store = opening.use(await openTestStore(databaseUrl, options));
  const queue = opening.use(await openTestQueue(store, databaseUrl, options));
  const bus = opening.use(
    new CommandBus({
      store,
      readSetFor,
      decide: options.decide ?? decide,
      writeJobs: async (em, jobs) => {
        await queue.write(em, jobs);
        await beforeCommit?.();
      },
      getAttemptCapacity: () => ({ free: 0, leaseMs: 0 }),
      onCommit: () => {},
      generateEventId: () => uuidv7(),
      now: Date.now,
    }),
  );
  const { execute, executeIdempotent } = bus;
  const opened = opening.move();
  return { store, execute, executeIdempotent, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

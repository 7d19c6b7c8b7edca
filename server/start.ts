// The composition root: the one place that knows every part, opens them in order and closes them in reverse.

import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { decide, needsOf } from './commands/command-table.ts';
import type { Commands } from './commands/commands.ts';
import { startForgetting } from './commands/forgetting.ts';
import type { Config } from './config.ts';
import { Tail } from './events/tail.ts';
import { createApp } from './http/app.ts';
import { listen } from './http/listen.ts';
import { hasConsole } from './http/pages.ts';
import type { Services } from './http/services.ts';
import { LiveStreams } from './http/stream/live-streams.ts';
import { type Commit, Door } from './store/door.ts';
import { openStore, type Store } from './store/store.ts';
import { Authenticator } from './tokens/authenticator.ts';
import type { RunCommands } from './validation/commands.ts';
import { Judges } from './validation/judges.ts';
import { loadPolicy, type Policy } from './validation/policy.ts';
import { startReconciler } from './validation/reconciler.ts';
import { Runner } from './validation/runner.ts';
import { createSqliteQueue } from './validation/sqlite-queue.ts';

/** What the service takes from the world besides its configuration. */
export type World = {
  /** Milliseconds since the epoch. */
  now(): number;
  /** A number from 0 up to but not including 1. */
  random(): number;
};

export const realWorld: World = { now: Date.now, random: Math.random };

export type Service = AsyncDisposable & {
  /** Where it can be reached, without a slash at the end. */
  readonly url: string;
  /** For tests that look at, or starve, what lies beneath. */
  readonly store: Store;
};

/**
 * Starts the service. Disposing of it stops it: readiness says no, requests are finished, claims are given back,
 * and everything is closed.
 * @throws StartError the rules cannot be used, or another process has the database
 */
export async function start(config: Config, log: Logger, world: World = realWorld): Promise<Service> {
  const policy = await loadPolicy(config.policyPath ?? new URL('validation/default-policy.yaml', import.meta.url));
  await using opening = new AsyncDisposableStack();
  const store = opening.use(await openStore(config.databasePath));
  const parts = { config, log, world, policy, store };
  const tail = opening.use(new Tail({ store, log, ...config }));
  const { commit, commitOnce, commitRun, queue, judges, checkers, runner } = openWriting(opening, parts, tail);
  await runner.start();
  opening.use(await startReconciler({ commit: commitRun, queue, log, intervalMs: config.reconcileMs }));
  opening.use(startForgetting({ commit, log, intervalMs: config.forgetMs }));
  let isDraining = false;
  const stopping = new AbortController();
  const authenticator = await openAuthenticator(opening, parts);
  const services: Services = {
    commit,
    commitOnce,
    store,
    policy,
    judges,
    checkers,
    streams: new LiveStreams({ store, tail, log, stopping: stopping.signal, ...config, ...world }),
    runTerms: { policyVersion: policy.version, maxAttempts: config.validationAttempts },
    dutiesAreSeparate: config.dutiesAreSeparate,
    isQueueHealthy: () => runner.isHealthy,
    isDraining: () => isDraining,
    stopping: stopping.signal,
    now: world.now,
  };
  warnOfMisuse(config, log);
  const app = createApp({ services, log, authenticator, ...config });
  const listener = opening.use(await listen(app, { ...config, log }));
  opening.defer(async () => {
    isDraining = true;
    await pause(config.shutdownDelayMs);
    stopping.abort();
  });
  if (!hasConsole()) log.warn('the console is not built: npm run build');
  const opened = opening.move();
  return { url: listener.url, store, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** What can be meant, but hardly is. */
function warnOfMisuse({ isHttpsRequired, trustedProxies }: Config, log: Logger): void {
  if (!isHttpsRequired || trustedProxies !== undefined) return;
  log.warn('REQUIRE_HTTPS=on without TRUST_PROXY: HTTPS ends at a proxy, and where none is trusted, all is refused');
}

/** Undefined where nobody is asked who they are. */
async function openAuthenticator(opening: AsyncDisposableStack, { config, log, world }: Parts) {
  const { authentication, keySetTimeoutMs, isKeyUnused } = config;
  if (isKeyUnused) log.warn('AUTH=off: the key for tokens is not used, and nobody is asked who they are');
  if (!authentication) return undefined;
  return opening.use(await Authenticator.open({ authentication, log, keySetTimeoutMs, now: world.now }));
}

type Parts = { config: Config; log: Logger; world: World; policy: Policy; store: Store };

/** The runner claims no more than it wants to have judged soon. */
const validating = { maxBatchSize: 64, maxWaiting: Number.POSITIVE_INFINITY };
const trying = { maxBatchSize: 1, maxWaiting: 4 };

/** Opens the door of all writes, and what works behind it. */
function openWriting(opening: AsyncDisposableStack, { config, log, world, policy, store }: Parts, tail: Tail) {
  const timeoutMs = config.validationTimeoutMs;
  const threads = config.validationThreads;
  const judges = opening.use(new Judges({ policy, log, timeoutMs, threads, areKept: true, ...validating }));
  // Whoever tries orders against the rules has a thread of their own, and cannot keep validations waiting.
  const checkers = opening.use(new Judges({ policy, log, timeoutMs, threads: 1, areKept: false, ...trying }));
  const queue = createSqliteQueue({ store, ...config, ...world });
  const { commit, commitOnce } = opening.use(
    new Door<Commands>({
      store,
      needsOf,
      decide,
      now: world.now,
      writeJobs: queue.write,
      onCommit: ({ jobs, events }) => {
        if (jobs.some(({ kind }) => kind === 'enqueue')) runner.wake();
        if (events.length > 0) tail.hint();
      },
      newEventId: () => uuidv7({ msecs: world.now() }),
    }),
  );
  const commitRun: Commit<RunCommands> = (command) => commit(command);
  const background = { commit: commitRun, queue, log, policyVersion: policy.version, ...config, ...world };
  const runner: Runner = opening.use(new Runner({ ...background, judges }));
  return { commit, commitOnce, commitRun, queue, judges, checkers, runner };
}

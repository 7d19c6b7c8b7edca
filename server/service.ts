// The composition root: the one place that knows every part, opens them in order and closes them in reverse.

import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { Authenticator } from './auth/authenticator.ts';
import { type Commit, Door } from './commands/command-bus.ts';
import { decide, needsOf } from './commands/command-registry.ts';
import { Hints } from './commands/commit-notifier.ts';
import { startForgetting } from './commands/retention.ts';
import type { Config } from './config/config.ts';
import { openStore, type Store } from './database/store.ts';
import type { Commands, CommitCommand } from './domain/commands.ts';
import type { RunCommands } from './domain/run-commands.ts';
import type { SendingCommands } from './domain/webhook-commands.ts';
import { Tail } from './events/tail.ts';
import { createApp } from './http/app.ts';
import { hasConsole } from './http/docs/pages.ts';
import { LiveStreams } from './http/event-stream/event-streams.ts';
import type { Services } from './http/handlers/services.ts';
import { CountSharing } from './http/rate-limit/rate-limit-sync.ts';
import { listen } from './http/server/listener.ts';
import { Stopping } from './shared/shutdown.ts';
import { loadPolicy, type Policy } from './validation/policy.ts';
import type { JobQueue } from './validation/queue/job-queue.ts';
import { openQueue } from './validation/queue/open-queue.ts';
import { startReconciler } from './validation/reconciler.ts';
import { Judges } from './validation/rule-worker-pool.ts';
import { Runner } from './validation/runner.ts';
import { Dispatcher } from './webhooks/dispatcher.ts';
import { newSecret } from './webhooks/secret.ts';
import { Sender } from './webhooks/sender.ts';

/** What the service takes from the world besides its configuration. */
export type World = {
  /** Milliseconds since the epoch. */
  now(): number;
  /** A number from 0 up to but not including 1. */
  random(): number;
  /** Bytes that nobody can guess. */
  randomBytes(size: number): Uint8Array;
};

export const realWorld: World = { now: Date.now, random: Math.random, randomBytes };

function newEventId({ now }: World): string {
  return uuidv7({ msecs: now() });
}

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
  const store = opening.use(await openStore({ ...config, log }));
  const parts = { config, log, world, policy, store };
  const judging = openJudging(opening, parts);
  const queue = opening.use(await openQueue({ store, log, ...config, ...world }));
  const { commit, commitOnce, hints } = openDoor(opening, parts, queue);
  const runner = await openValidation(opening, parts, { commit, hints, queue, ...judging });
  await openWebhooks(opening, parts, { commit, hints });
  const tail = openTail(opening, parts, hints);
  opening.use(startForgetting({ commit, log, intervalMs: config.forgetMs }));
  const authenticator = await openAuthenticator(opening, parts);
  const stopping = new Stopping();
  const streams = new LiveStreams({ store, tail, log, stopping: stopping.signal, ...config, ...world });
  const services: Services = {
    commit,
    commitOnce,
    store,
    policy,
    ...judging,
    streams,
    now: world.now,
    runTerms: { policyVersion: policy.version, maxAttempts: config.validationAttempts },
    dutiesAreSeparate: config.dutiesAreSeparate,
    webhookTargets: config.webhookTargets,
    newSecret: () => newSecret(world.randomBytes),
    newEventId: () => newEventId(world),
    isQueueHealthy: () => runner.isHealthy,
    isDraining: () => stopping.isDraining,
    stopping: stopping.signal,
  };
  const app = createApp({ services, log, authenticator, newCounter: openCounting(opening, parts), ...config });
  const listener = opening.use(await listen(app, { ...config, log }));
  opening.defer(() => stopping.begin(config.shutdownDelayMs));
  warnOfMisuse(config, log);
  const opened = opening.move();
  return { url: listener.url, store, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** What can be meant, but hardly is. */
function warnOfMisuse({ isHttpsRequired, trustedProxies }: Config, log: Logger): void {
  if (!hasConsole()) log.warn('the console is not built: npm run build');
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

function openJudging(opening: AsyncDisposableStack, { config, log, policy }: Parts) {
  const timeoutMs = config.validationTimeoutMs;
  const threads = config.validationThreads;
  const judges = opening.use(new Judges({ policy, log, timeoutMs, threads, areKept: true, ...validating }));
  // Whoever tries orders against the rules has a thread of their own, and cannot keep validations waiting.
  const checkers = opening.use(new Judges({ policy, log, timeoutMs, threads: 1, areKept: false, ...trying }));
  return { judges, checkers };
}

type Writing = { commit: CommitCommand; hints: Hints };

/** Opens the door of all writes. Whoever wants to be told of commits follows `hints`. */
function openDoor(opening: AsyncDisposableStack, { store, world }: Parts, queue: JobQueue) {
  const hints = new Hints(store);
  const { commit, commitOnce } = opening.use(
    new Door<Commands>({
      store,
      needsOf,
      decide,
      now: world.now,
      writeJobs: queue.write,
      onCommit: (added) => hints.spread(added),
      newEventId: () => newEventId(world),
    }),
  );
  return { commit, commitOnce, hints };
}

/** Begins to tell of events, to whoever will follow. */
function openTail(opening: AsyncDisposableStack, { config, log, store }: Parts, hints: Hints): Tail {
  const tail = opening.use(new Tail({ store, log, ...config }));
  hints.follow(({ events }) => {
    if (events) tail.hint();
  });
  return tail;
}

/** Counts callers together with other nodes; undefined where there are none. */
function openCounting(opening: AsyncDisposableStack, { config, log, world, store }: Parts) {
  const { callerCounts: counts } = store;
  return counts && opening.use(new CountSharing({ counts, log, ...config, ...world })).newCounter;
}

type Validating = Writing & { queue: JobQueue; judges: Judges };

/** Begins to take validations up. */
async function openValidation(
  opening: AsyncDisposableStack,
  parts: Parts,
  { commit, hints, queue, judges }: Validating,
) {
  const { config, log, world, policy } = parts;
  const commitRun: Commit<RunCommands> = (command) => commit(command);
  const background = { commit: commitRun, queue, log, policyVersion: policy.version, ...config, ...world };
  const runner = opening.use(new Runner({ ...background, judges }));
  hints.follow(({ jobs }) => {
    if (jobs) runner.wake();
  });
  await runner.start();
  opening.use(await startReconciler({ commit: commitRun, queue, log, intervalMs: config.reconcileMs }));
  return runner;
}

/** Begins to send webhooks. */
async function openWebhooks(opening: AsyncDisposableStack, parts: Parts, { commit, hints }: Writing) {
  const { config, log, world, store } = parts;
  const sender = opening.use(new Sender({ rules: config.webhookTargets, timeoutMs: config.webhookTimeoutMs }));
  const commitSending: Commit<SendingCommands> = (command) => commit(command);
  const dispatcher = opening.use(new Dispatcher({ commit: commitSending, store, sender, log, ...config, ...world }));
  hints.follow(({ events, webhooks }, added) => {
    if (added) dispatcher.tell(added.webhooks);
    if (events || webhooks) dispatcher.wake();
  });
  await dispatcher.start();
}

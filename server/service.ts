// The composition root: the one place that knows every part, opens them in order and closes them in reverse.

import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { Authenticator } from './auth/authenticator.ts';
import { CommandBus } from './commands/command-bus.ts';
import { decide, readSetFor } from './commands/command-registry.ts';
import { CommitNotifier } from './commands/commit-notifier.ts';
import { startRetention } from './commands/retention.ts';
import type { Config } from './config/config.ts';
import { openStore } from './database/open-store.ts';
import type { Store } from './database/store.ts';
import type { Execute } from './domain/commands.ts';
import { Tail } from './events/tail.ts';
import { createApp } from './http/app.ts';
import { hasConsole } from './http/docs/pages.ts';
import { EventStreams } from './http/event-stream/event-streams.ts';
import type { Services } from './http/handlers/services.ts';
import { RateLimitSync } from './http/rate-limit/rate-limit-sync.ts';
import { startListener } from './http/server/listener.ts';
import { Shutdown } from './shared/shutdown.ts';
import { loadPolicy, type Policy } from './validation/policy.ts';
import type { JobQueue } from './validation/queue/job-queue.ts';
import { openQueue } from './validation/queue/open-queue.ts';
import { startReconciler } from './validation/reconciler.ts';
import { RuleWorkerPool } from './validation/rule-worker-pool.ts';
import { Runner } from './validation/runner.ts';
import { Dispatcher } from './webhooks/dispatcher.ts';
import { generateSecret } from './webhooks/secret.ts';
import { Sender } from './webhooks/sender.ts';

/** What the service takes from the world besides its configuration. */
export type Environment = {
  /** Milliseconds since the epoch. */
  now(): number;
  /** A number from 0 up to but not including 1. */
  random(): number;
  /** Bytes that nobody can guess. */
  randomBytes(size: number): Uint8Array;
};

export const realEnvironment: Environment = { now: Date.now, random: Math.random, randomBytes };

function generateEventId({ now }: Environment): string {
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
export async function startService(
  config: Config,
  log: Logger,
  environment: Environment = realEnvironment,
): Promise<Service> {
  const policy = await loadPolicy(config.policyPath ?? new URL('validation/default-policy.yaml', import.meta.url));
  await using opening = new AsyncDisposableStack();
  const store = opening.use(await openStore({ ...config, log }));
  const parts = { config, log, environment, policy, store };
  const judging = openJudging(opening, parts);
  const queue = opening.use(await openQueue({ store, log, ...config, ...environment }));
  const { execute, executeIdempotent, notifier } = openCommandBus(opening, parts, queue);
  const runner = await openValidation(opening, parts, { execute, notifier, queue, ...judging });
  await openWebhooks(opening, parts, { execute, notifier });
  const tail = openTail(opening, parts, notifier);
  opening.use(startRetention({ execute, log, intervalMs: config.purgeIntervalMs }));
  const authenticator = await openAuthenticator(opening, parts);
  const stopping = new Shutdown();
  const streams = new EventStreams({ store, tail, log, stopping: stopping.signal, ...config, ...environment });
  const services: Services = {
    execute,
    executeIdempotent,
    store,
    policy,
    ...judging,
    streams,
    now: environment.now,
    runSettings: { policyVersion: policy.version, maxAttempts: config.validationAttempts },
    hasSeparationOfDuties: config.hasSeparationOfDuties,
    webhookTargets: config.webhookTargets,
    generateSecret: () => generateSecret(environment.randomBytes),
    generateEventId: () => generateEventId(environment),
    isQueueHealthy: () => runner.isHealthy,
    isDraining: () => stopping.isDraining,
    stopping: stopping.signal,
  };
  const app = createApp({ services, log, authenticator, createCounter: openCounting(opening, parts), ...config });
  const listener = opening.use(await startListener(app, { ...config, log }));
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
async function openAuthenticator(opening: AsyncDisposableStack, { config, log, environment }: Parts) {
  const { authentication, keySetTimeoutMs, hasUnusedKey } = config;
  if (hasUnusedKey) log.warn('AUTH=off: the key for tokens is not used, and nobody is asked who they are');
  if (!authentication) return undefined;
  return opening.use(await Authenticator.open({ authentication, log, keySetTimeoutMs, now: environment.now }));
}

type Parts = { config: Config; log: Logger; environment: Environment; policy: Policy; store: Store };

/** The runner claims no more than it wants to have judged soon. */
const validating = { maxBatchSize: 64, maxWaiting: Number.POSITIVE_INFINITY };
const trying = { maxBatchSize: 1, maxWaiting: 4 };

function openJudging(opening: AsyncDisposableStack, { config, log, policy }: Parts) {
  const timeoutMs = config.validationTimeoutMs;
  const threads = config.validationThreads;
  const ruleWorkers = opening.use(
    new RuleWorkerPool({ policy, log, timeoutMs, threads, keepsThreads: true, ...validating }),
  );
  // Whoever tries orders against the rules has a thread of their own, and cannot keep validations waiting.
  const previewPool = opening.use(
    new RuleWorkerPool({ policy, log, timeoutMs, threads: 1, keepsThreads: false, ...trying }),
  );
  return { ruleWorkers, previewPool };
}

type WriteSide = { execute: Execute; notifier: CommitNotifier };

/** Opens the door of all writes. Whoever wants to be told of commits follows `hints`. */
function openCommandBus(opening: AsyncDisposableStack, { store, environment }: Parts, queue: JobQueue) {
  const notifier = new CommitNotifier(store);
  const { execute, executeIdempotent } = opening.use(
    new CommandBus({
      store,
      readSetFor,
      decide,
      now: environment.now,
      writeJobs: queue.write,
      onCommit: (added) => notifier.publish(added),
      generateEventId: () => generateEventId(environment),
    }),
  );
  return { execute, executeIdempotent, notifier };
}

/** Begins to tell of events, to whoever will follow. */
function openTail(opening: AsyncDisposableStack, { config, log, store }: Parts, notifier: CommitNotifier): Tail {
  const tail = opening.use(new Tail({ store, log, ...config }));
  notifier.subscribe(({ events }) => {
    if (events) tail.notify();
  });
  return tail;
}

/** Counts callers together with other nodes; undefined where there are none. */
function openCounting(opening: AsyncDisposableStack, { config, log, environment, store }: Parts) {
  const { callerCounts: counts } = store;
  return counts && opening.use(new RateLimitSync({ counts, log, ...config, ...environment })).createCounter;
}

type Validating = WriteSide & { queue: JobQueue; ruleWorkers: RuleWorkerPool };

/** Begins to take validations up. */
async function openValidation(
  opening: AsyncDisposableStack,
  parts: Parts,
  { execute, notifier, queue, ruleWorkers }: Validating,
) {
  const { config, log, environment, policy } = parts;
  const background = { execute, queue, log, policyVersion: policy.version, ...config, ...environment };
  const runner = opening.use(new Runner({ ...background, ruleWorkers }));
  notifier.subscribe(({ jobs }) => {
    if (jobs) runner.wake();
  });
  await runner.start();
  opening.use(await startReconciler({ execute, queue, log, intervalMs: config.reconcileIntervalMs }));
  return runner;
}

/** Begins to send webhooks. */
async function openWebhooks(opening: AsyncDisposableStack, parts: Parts, { execute, notifier }: WriteSide) {
  const { config, log, environment, store } = parts;
  const sender = opening.use(new Sender({ rules: config.webhookTargets, timeoutMs: config.webhookTimeoutMs }));
  const dispatcher = opening.use(new Dispatcher({ execute, store, sender, log, ...config, ...environment }));
  notifier.subscribe(({ events, webhooks }, added) => {
    if (added) dispatcher.updateLeases(added.webhooks);
    if (events || webhooks) dispatcher.wake();
  });
  await dispatcher.start();
}

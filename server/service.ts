// The composition root: opens every part of the service in order and closes them in reverse order.

import type { Logger } from 'pino';
import { Authenticator } from './auth/authenticator.ts';
import { CommandBus, type CommandBusOptions } from './commands/command-bus.ts';
import { decide, readSetFor } from './commands/command-registry.ts';
import { CommitNotifier } from './commands/commit-notifier.ts';
import { startRetention } from './commands/retention.ts';
import type { Config } from './config/config.ts';
import { openStore } from './database/open-store.ts';
import type { Store } from './database/store.ts';
import { createEventIdGenerator } from './events/event-ids.ts';
import { Tail } from './events/tail.ts';
import { createApp } from './http/app.ts';
import { RateLimitSync } from './http/caller-limits/rate-limit-sync.ts';
import { hasConsole } from './http/docs/console-files.ts';
import { EventStreams } from './http/event-stream/event-streams.ts';
import type { Services } from './http/handlers/services.ts';
import { startListener } from './http/server/listener.ts';
import { type Environment, systemEnvironment } from './shared/environment.ts';
import { Shutdown } from './shared/shutdown.ts';
import { withVariable } from './shared/startup-error.ts';
import { logDeadRuns } from './validation/dead-runs.ts';
import { loadPolicy, type Policy } from './validation/policy/policy.ts';
import type { JobQueue } from './validation/queue/job-queue.ts';
import { openQueue } from './validation/queue/open-queue.ts';
import { startReconciler } from './validation/reconciler.ts';
import type { RuleWorkerPool } from './validation/rule-worker-pool.ts';
import { createRuleWorkerPools } from './validation/rule-worker-pools.ts';
import { Runner } from './validation/runner.ts';
import { assertRulesWork } from './validation/startup-check.ts';
import { Dispatcher } from './webhooks/dispatcher.ts';
import { generateSecret } from './webhooks/secret.ts';
import { Sender } from './webhooks/sender.ts';

export type Service = AsyncDisposable & {
  /** The base URL, without a trailing slash. */
  readonly url: string;
  /** For tests that inspect or restrict the database. */
  readonly store: Store;
};

/** The parts that most other parts need, and the stack that closes everything. */
type Context = {
  opened: AsyncDisposableStack;
  config: Config;
  log: Logger;
  environment: Environment;
  generateEventId(): string;
  policy: Policy;
  store: Store;
};

/**
 * Starts the service. Disposing it reports not ready, finishes requests, releases leases and closes all parts.
 * @throws StartupError the policy is invalid, or the database cannot be opened
 */
export async function startService(config: Config, log: Logger, environment = systemEnvironment): Promise<Service> {
  const defaultPolicy = new URL('validation/policy/default-policy.yaml', import.meta.url);
  const policy = await withVariable('VALIDATION_POLICY', () => loadPolicy(config.policyPath ?? defaultPolicy));
  await using opened = new AsyncDisposableStack();
  // Before the database, so that the threads start while it is opened.
  const pools = createRuleWorkerPools({ ...config, opened, log, rules: policy.rules });
  const store = opened.use(await openStore({ ...config, log }));
  const check = { policy, log, ruleWorkers: pools.ruleWorkers, ...config };
  await withVariable('VALIDATION_POLICY', () => assertRulesWork(check));
  log.info({ policyVersion: policy.version, rules: policy.rules.length }, 'policy loaded');
  const generateEventId = createEventIdGenerator(environment);
  const context: Context = { opened, config, log, environment, generateEventId, policy, store };
  const queue = opened.use(await openQueue({ store, log, ...config, ...environment }));
  // The bus needs the free capacity of the runner, and the runner executes commands of the bus.
  const validation: { runner?: Runner } = {};
  const getAttemptCapacity = () => ({ free: validation.runner?.freeCapacity ?? 0, leaseMs: config.leaseMs });
  const bus = createCommandBus(context, queue, getAttemptCapacity);
  const runner = await startValidation(context, bus, queue, pools.ruleWorkers);
  validation.runner = runner;
  await startWebhooks(context, bus);
  const tail = createTail(context, bus);
  opened.use(startRetention({ execute: bus.execute, log, intervalMs: config.purgeIntervalMs }));
  const authenticator = await openAuthenticator(context);
  const shutdown = new Shutdown();
  const streams = new EventStreams({ store, tail, log, stopping: shutdown.signal, ...config, ...environment });
  const services: Services = {
    ...bus,
    ...pools,
    store,
    policy,
    streams,
    now: environment.now,
    runSettings: { policyVersion: policy.version, maxAttempts: config.validationAttempts },
    hasSeparationOfDuties: config.hasSeparationOfDuties,
    webhookTargets: config.webhookTargets,
    generateSecret: () => generateSecret(environment.randomBytes),
    generateEventId,
    isQueueHealthy: () => runner.isHealthy,
    isDraining: () => shutdown.isDraining,
    stopping: shutdown.signal,
  };
  const app = createApp({ services, log, authenticator, createCounter: startRateLimitSync(context), ...config });
  const listener = opened.use(await startListener(app, { ...config, log }));
  opened.defer(() => shutdown.begin(config.shutdownDelayMs));
  warnOfMisconfiguration(context);
  const service = opened.move();
  return { url: listener.url, store, [Symbol.asyncDispose]: () => service.disposeAsync() };
}

type WriteSide = Pick<CommandBus, 'execute' | 'executeIdempotent'> & { notifier: CommitNotifier };

function createCommandBus(
  { opened, store, environment, generateEventId }: Context,
  queue: JobQueue,
  getAttemptCapacity: CommandBusOptions['getAttemptCapacity'],
): WriteSide {
  const notifier = new CommitNotifier(store);
  const { execute, executeIdempotent } = opened.use(
    new CommandBus({
      store,
      readSetFor,
      decide,
      now: environment.now,
      writeJobs: queue.write,
      getAttemptCapacity,
      onCommit: (changes) => notifier.publish(changes),
      generateEventId,
    }),
  );
  return { execute, executeIdempotent, notifier };
}

/** Starts to claim and run validations. */
async function startValidation(
  { opened, config, log, environment, policy }: Context,
  { execute, notifier }: WriteSide,
  queue: JobQueue,
  ruleWorkers: RuleWorkerPool,
): Promise<Runner> {
  const options = { execute, queue, log, policyVersion: policy.version, ...config, ...environment };
  const runner = opened.use(new Runner({ ...options, ruleWorkers }));
  notifier.subscribe(({ jobs }, changes) => {
    if (jobs) runner.wake();
    if (!changes) return;
    runner.begin(changes.begun);
    for (const { id, state } of changes.runs.changed.values()) if (state === 'cancelled') runner.cancel(id);
    logDeadRuns(changes.events, log);
  });
  await runner.start();
  opened.use(await startReconciler({ execute, queue, log, intervalMs: config.reconcileIntervalMs }));
  return runner;
}

/** Starts to send events to webhooks. */
async function startWebhooks(context: Context, { execute, notifier }: WriteSide): Promise<void> {
  const { opened, config, log, environment, store } = context;
  const sender = opened.use(new Sender({ rules: config.webhookTargets, timeoutMs: config.webhookTimeoutMs }));
  const dispatcher = opened.use(new Dispatcher({ execute, store, sender, log, ...config, ...environment }));
  notifier.subscribe(({ events, webhooks }, changes) => {
    if (changes) dispatcher.updateLeases(changes.webhooks);
    if (webhooks) dispatcher.wake();
    else if (events) dispatcher.wakeForEvents();
  });
  await dispatcher.start();
}

/** Creates the tail of the log, which the event streams subscribe to. */
function createTail({ opened, config, log, store }: Context, { notifier }: WriteSide): Tail {
  const tail = opened.use(new Tail({ store, log, ...config }));
  notifier.subscribe(({ events }) => {
    if (events) tail.notify();
  });
  return tail;
}

/** Returns undefined if callers need not authenticate. */
async function openAuthenticator({ opened, config, log, environment }: Context): Promise<Authenticator | undefined> {
  const { authentication, keySetTimeoutMs, hasUnusedKey } = config;
  if (hasUnusedKey) log.warn('AUTH=off: the configured key is not used and callers are not authenticated');
  log.info(`authentication: ${authentication ? 'requests need a token' : 'off, requests need no token'}`);
  if (!authentication) return undefined;
  return opened.use(await Authenticator.open({ authentication, log, keySetTimeoutMs, now: environment.now }));
}

/** Shares rate-limit counts with other nodes. Returns undefined if this process is the only node. */
function startRateLimitSync({ opened, config, log, environment, store }: Context) {
  const { callerCounts: counts } = store;
  return counts && opened.use(new RateLimitSync({ counts, log, ...config, ...environment })).createCounter;
}

/** Warns of settings that are valid but probably not intended. */
function warnOfMisconfiguration({ config: { isHttpsRequired, trustedProxies }, log }: Context): void {
  if (!hasConsole()) log.warn('the console is not built; run: npm run build');
  if (!isHttpsRequired || trustedProxies !== undefined) return;
  log.warn(
    'REQUIRE_HTTPS=on without TRUST_PROXY: no proxy is trusted to terminate HTTPS, so every request is rejected',
  );
}

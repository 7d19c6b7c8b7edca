// The dependencies of the handlers.

import type { CommandBus } from '../../commands/command-bus.ts';
import type { TargetRules } from '../../config/webhooks.ts';
import type { Store } from '../../database/store.ts';
import type { Execute } from '../../domain/commands.ts';
import type { RunSettings } from '../../domain/order-commands.ts';
import type { Policy } from '../../validation/policy/policy.ts';
import type { RuleWorkerPool } from '../../validation/rule-worker-pool.ts';
import type { EventStreams } from '../event-stream/event-streams.ts';

/** Everything that the handlers need. `service.ts` builds it. */
export type Services = {
  execute: Execute;
  /** Executes a command whose request has an idempotency key. */
  executeIdempotent: CommandBus['executeIdempotent'];
  store: Store;
  streams: EventStreams;
  policy: Policy;
  /** Evaluates the rules of validations. */
  ruleWorkers: RuleWorkerPool;
  /** Evaluates the rules of policy checks, apart from validations. */
  previewPool: RuleWorkerPool;
  /** The settings of new validations. */
  runSettings: RunSettings;
  /** Whether contributors of an order may not approve it. */
  hasSeparationOfDuties: boolean;
  /** Which URLs webhooks may have. */
  webhookTargets: TargetRules;
  /** Generates the secret of a webhook. */
  generateSecret(): string;
  /** Generates a UUIDv7. */
  generateEventId(): string;
  /** Whether the job queue can be read. */
  isQueueHealthy(): boolean;
  /** Whether the service is about to stop. Load balancers should send no new requests. */
  isDraining(): boolean;
  /** Aborts when the server stops listening. */
  stopping: AbortSignal;
  /** Milliseconds since the epoch. */
  now(): number;
};

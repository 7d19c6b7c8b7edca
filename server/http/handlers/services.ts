// What the handlers are handed.

import type { CommandBus } from '../../commands/command-bus.ts';
import type { TargetRules } from '../../config/webhooks.ts';
import type { Store } from '../../database/store.ts';
import type { Execute } from '../../domain/commands.ts';
import type { RunSettings } from '../../domain/order-commands.ts';
import type { Policy } from '../../validation/policy.ts';
import type { RuleWorkerPool } from '../../validation/rule-worker-pool.ts';
import type { EventStreams } from '../event-stream/event-streams.ts';

export type Services = {
  execute: Execute;
  /** Commits a command whose request names an Idempotency-Key. */
  executeIdempotent: CommandBus['executeIdempotent'];
  store: Store;
  /** The open streams of events. */
  streams: EventStreams;
  policy: Policy;
  /** Who judges validations. */
  ruleWorkers: RuleWorkerPool;
  /** Who judges orders that are only tried. */
  previewPool: RuleWorkerPool;
  /** What a validation that is started now is run by. */
  runSettings: RunSettings;
  /** Whether those who have created or edited an order are kept from approving it. */
  hasSeparationOfDuties: boolean;
  /** Where webhooks may go. */
  webhookTargets: TargetRules;
  /** Makes the secret of a webhook. */
  generateSecret(): string;
  /** Makes a UUIDv7. */
  generateEventId(): string;
  /** Whether validations are being taken up. */
  isQueueHealthy(): boolean;
  /** Whether the service is about to stop, and wants no new requests. */
  isDraining(): boolean;
  /** Aborts when listening stops. */
  stopping: AbortSignal;
  /** Milliseconds since the epoch. */
  now(): number;
};

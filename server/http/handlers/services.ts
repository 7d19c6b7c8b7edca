// What the handlers are handed.

import type { Store } from '../../database/store.ts';
import type { CommitCommand, CommitCommandOnce } from '../../domain/commands.ts';
import type { RunTerms } from '../../domain/order-commands.ts';
import type { Policy } from '../../validation/policy.ts';
import type { Judges } from '../../validation/rule-worker-pool.ts';
import type { TargetRules } from '../../webhooks/target.ts';
import type { LiveStreams } from '../event-stream/event-streams.ts';

export type Services = {
  commit: CommitCommand;
  /** Commits a command whose request names an Idempotency-Key. */
  commitOnce: CommitCommandOnce;
  store: Store;
  /** The open streams of events. */
  streams: LiveStreams;
  policy: Policy;
  /** Who judges validations. */
  judges: Judges;
  /** Who judges orders that are only tried. */
  checkers: Judges;
  /** What a validation that is started now is run by. */
  runTerms: RunTerms;
  /** Whether those who have created or edited an order are kept from approving it. */
  dutiesAreSeparate: boolean;
  /** Where webhooks may go. */
  webhookTargets: TargetRules;
  /** Makes the secret of a webhook. */
  newSecret(): string;
  /** Makes a UUIDv7. */
  newEventId(): string;
  /** Whether validations are being taken up. */
  isQueueHealthy(): boolean;
  /** Whether the service is about to stop, and wants no new requests. */
  isDraining(): boolean;
  /** Aborts when listening stops. */
  stopping: AbortSignal;
  /** Milliseconds since the epoch. */
  now(): number;
};

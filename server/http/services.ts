// What the handlers are handed.

import type { CommitCommand, CommitCommandOnce } from '../commands/commands.ts';
import type { RunTerms } from '../orders/commands.ts';
import type { Store } from '../store/store.ts';
import type { Judges } from '../validation/judges.ts';
import type { Policy } from '../validation/policy.ts';
import type { TargetRules } from '../webhooks/target.ts';
import type { LiveStreams } from './stream/live-streams.ts';

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

// What the handlers are handed.

import type { CommitCommand, RunTerms } from '../orders/commands.ts';
import type { Store } from '../store/store.ts';
import type { Judges } from '../validation/judges.ts';

export type Services = {
  commit: CommitCommand;
  store: Store;
  judges: Judges;
  /** What a validation that is started now is run by. */
  runTerms: RunTerms;
  /** Whether validations are being taken up. */
  isQueueHealthy(): boolean;
  /** Whether the service is about to stop. */
  isDraining(): boolean;
  /** Milliseconds since the epoch. */
  now(): number;
};

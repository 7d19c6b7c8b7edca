// Logs the validations that become dead, so that operators notice rules that fail.

import type { Logger } from 'pino';
import type { EventDraft } from '../domain/event.ts';

/** Writes a warning for each validation that a commit of this process declared dead. */
export function logDeadRuns(events: readonly EventDraft[], log: Logger): void {
  for (const event of events) {
    if (event.type !== 'order.validation_dead') continue;
    const { validationId: runId, error } = event.data;
    log.warn(
      { orderId: event.orderId, runId, error },
      'validation is dead; edit the order or the policy, then retry it',
    );
  }
}

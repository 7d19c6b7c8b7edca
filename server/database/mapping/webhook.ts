// Webhooks and deliveries, as they are decided on, from and to the rows that are kept of them.

import type { DeliveryState, WebhookState } from '../../domain/webhook.ts';
import type { DeliveryRow, WebhookRow } from '../tables.ts';

export function toWebhookState(row: WebhookRow): WebhookState {
  return {
    id: row.id,
    url: row.url,
    types: row.types === null ? null : JSON.parse(row.types),
    description: row.description,
    secret: row.secret,
    formerSecret: row.former_secret,
    formerSecretUntil: row.former_secret_until,
    pauseReason: row.pause_reason,
    pausedAt: row.paused_at,
    position: row.position,
    failingDeliveryId: row.failing_delivery_id,
    failures: row.failures,
    failingSince: row.failing_since,
    dueAtMs: row.due_at_ms,
    fence: row.fence,
    leasedUntilMs: row.leased_until_ms,
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function toWebhookRow(state: WebhookState): WebhookRow {
  return {
    id: state.id,
    url: state.url,
    types: state.types && JSON.stringify(state.types),
    description: state.description,
    secret: state.secret,
    former_secret: state.formerSecret,
    former_secret_until: state.formerSecretUntil,
    pause_reason: state.pauseReason,
    paused_at: state.pausedAt,
    position: state.position,
    failing_delivery_id: state.failingDeliveryId,
    failures: state.failures,
    failing_since: state.failingSince,
    due_at_ms: state.dueAtMs,
    fence: state.fence,
    leased_until_ms: state.leasedUntilMs,
    created_by: state.createdBy,
    created_at: state.createdAt,
    updated_at: state.updatedAt,
  };
}

export function toDeliveryState(row: DeliveryRow): DeliveryState {
  return {
    id: row.id,
    webhookId: row.webhook_id,
    kind: row.kind,
    state: row.state,
    eventId: row.event_id,
    eventType: row.event_type,
    position: row.position,
    attempts: JSON.parse(row.attempts),
    nextAttemptAt: row.next_attempt_at,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}

export function toDeliveryRow(state: DeliveryState): DeliveryRow {
  return {
    id: state.id,
    webhook_id: state.webhookId,
    kind: state.kind,
    state: state.state,
    event_id: state.eventId,
    event_type: state.eventType,
    position: state.position,
    attempts: JSON.stringify(state.attempts),
    next_attempt_at: state.nextAttemptAt,
    created_at: state.createdAt,
    finished_at: state.finishedAt,
  };
}

// The mapping of webhooks.

import type { WebhookState } from '../../domain/webhook.ts';
import { createMapping } from './mapping.ts';

export const webhookMapping = createMapping<WebhookState>()({
  id: { name: 'id', kind: 'integer' },
  url: { name: 'url', kind: 'text' },
  types: { name: 'types', kind: 'list', isNullable: true },
  description: { name: 'description', kind: 'text', isNullable: true },
  secret: { name: 'secret', kind: 'text' },
  formerSecret: { name: 'former_secret', kind: 'text', isNullable: true },
  formerSecretUntil: { name: 'former_secret_until', kind: 'time', isNullable: true },
  pauseReason: { name: 'pause_reason', kind: 'text', isNullable: true },
  pausedAt: { name: 'paused_at', kind: 'time', isNullable: true },
  position: { name: 'position', kind: 'integer' },
  failingDeliveryId: { name: 'failing_delivery_id', kind: 'integer', isNullable: true },
  failures: { name: 'failures', kind: 'integer' },
  failingSince: { name: 'failing_since', kind: 'time', isNullable: true },
  dueAtMs: { name: 'due_at_ms', kind: 'integer' },
  fence: { name: 'fence', kind: 'integer' },
  leasedUntilMs: { name: 'leased_until_ms', kind: 'integer', isNullable: true, isNodeLocal: true },
  createdBy: { name: 'created_by', kind: 'text' },
  createdAt: { name: 'created_at', kind: 'time' },
  updatedAt: { name: 'updated_at', kind: 'time' },
});

export type WebhookRow = Parameters<typeof webhookMapping.toRecord>[0];

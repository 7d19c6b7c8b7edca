// The mapping of webhook deliveries.

import { delivery } from '../../../contract/schemas/delivery.ts';
import type { DeliveryState } from '../../domain/webhook.ts';
import { createMapping } from './mapping.ts';

export const deliveryMapping = createMapping<DeliveryState>()({
  id: { name: 'id', kind: 'integer' },
  webhookId: { name: 'webhook_id', kind: 'integer' },
  kind: { name: 'kind', kind: 'text' },
  state: { name: 'state', kind: 'text' },
  eventId: { name: 'event_id', kind: 'text' },
  eventType: { name: 'event_type', kind: 'text' },
  position: { name: 'position', kind: 'integer', isNullable: true },
  attempts: { name: 'attempts', kind: 'list', members: Object.keys(delivery.shape.attempts.element.shape) },
  nextAttemptAt: { name: 'next_attempt_at', kind: 'time', isNullable: true },
  createdAt: { name: 'created_at', kind: 'time' },
  finishedAt: { name: 'finished_at', kind: 'time', isNullable: true },
});

export type DeliveryRow = Parameters<typeof deliveryMapping.toRecord>[0];

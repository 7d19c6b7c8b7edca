// The schema of a test message of a webhook. It is not part of the event log.

import { z } from 'zod';
import { id, timestamp } from './primitives.ts';

/** The test message that `POST /webhooks/:webhookId/test` sends. */
export const webhookTest = z
  .object({
    id: z.uuidv7().meta({ description: 'UUIDv7 (RFC 9562)' }),
    type: z.literal('webhook.test'),
    timestamp,
    data: z.object({ webhookId: id.meta({ description: 'The webhook under test' }) }),
  })
  .meta({
    title: 'WebhookTest',
    description: 'A test of the webhook was requested',
    example: {
      id: '01969a4e-7b5a-7c3e-9d51-0a4b6c8d2e1f',
      type: 'webhook.test',
      timestamp: '2026-05-04T10:15:30.000Z',
      data: { webhookId: 1 },
    },
  });

/** See {@link webhookTest}. */
export type WebhookTest = z.infer<typeof webhookTest>;

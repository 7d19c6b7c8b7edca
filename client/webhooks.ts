// For those who receive webhooks: tells whether one comes from the service. An entry of its own, which loads nothing of
// the rest of the SDK.

import { Webhook } from 'standardwebhooks';
import type { Event } from '../contract/event.ts';
import type { WebhookTest } from '../contract/webhook-test.ts';

export type { Event, WebhookTest };

/** It does not come from the service, or not lately, or the secret is another one: not to be acted on. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';
}

/** The headers of a request: of Node, of `fetch`, or as an object with names in any case. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

export type ReceivedWebhook = {
  /** The secret of the webhook, `whsec_…`; several while it is changed, each of which will do. */
  readonly secret: string | readonly string[];
  readonly headers: WebhookHeaders;
  /** Exactly as it came: JSON that was parsed and written again is another text. */
  readonly body: string | Uint8Array;
};

const usedHeaders = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;

/**
 * What a delivery tells of. It was signed with the secret, and less than five minutes ago. It may still come
 * twice: `id` is the same then.
 * @throws WebhookVerificationError
 */
export function verifyWebhook({ secret, headers, body }: ReceivedWebhook): Event | WebhookTest {
  const text = typeof body === 'string' ? body : textOf(body);
  const used = Object.fromEntries(usedHeaders.map((name) => [name, headerOf(headers, name)]));
  let failure: unknown = new WebhookVerificationError('there is no secret');
  for (const candidate of [secret].flat()) {
    try {
      return eventIn(new Webhook(candidate).verify(text, used));
    } catch (error) {
      failure = error;
    }
  }
  const message = failure instanceof Error ? failure.message : String(failure);
  throw new WebhookVerificationError(message, { cause: failure });
}

function eventIn(payload: unknown): Event | WebhookTest {
  if (typeof payload === 'object' && payload !== null && 'type' in payload) return payload as Event | WebhookTest;
  throw new WebhookVerificationError('the body is no event');
}

function textOf(body: Uint8Array): string {
  if (!ArrayBuffer.isView(body)) throw new WebhookVerificationError('the body must be its raw text or bytes');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch (cause) {
    throw new WebhookVerificationError('the body is not UTF-8', { cause });
  }
}

/** The value of a header that came once; else the empty text. */
function headerOf(headers: WebhookHeaders, name: string): string {
  if (headers instanceof Headers) return headers.get(name) ?? '';
  const values = Object.entries(headers).flatMap(([key, value]) => (key.toLowerCase() === name ? (value ?? []) : []));
  const [value = ''] = values;
  return values.length === 1 && typeof value === 'string' ? value : '';
}

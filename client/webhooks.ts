// Verifies the signature of received webhooks. A separate entry, which loads nothing else of the SDK.

import { Webhook } from 'standardwebhooks';
import type { OrderEvent, WebhookTest } from './generated/types.ts';

export type { OrderEvent, WebhookTest };

/** A received webhook is not authentic: its signature or timestamp is invalid, or its body is not an event. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';
}

/** The headers of a request: those of Node, `Headers` of `fetch`, or any object. Names are case-insensitive. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/** The request that a receiver has got. */
export type ReceivedWebhook = {
  /** The secret of the webhook, `whsec_…`, or several during a rotation, of which one must match. */
  readonly secret: string | readonly string[];
  /** Headers of the request. Used: `webhook-id`, `webhook-timestamp` and `webhook-signature`. */
  readonly headers: WebhookHeaders;
  /** The raw body. JSON that was parsed and serialized again may differ from the signed text. */
  readonly body: string | Uint8Array;
};

const usedHeaders = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;

/**
 * Verifies a webhook according to Standard Webhooks and returns its event. The timestamp may differ from the clock of
 * the receiver by up to five minutes. The same event can be delivered more than once; `id` identifies it.
 * @throws {WebhookVerificationError} if the webhook is not authentic
 */
export function verifyWebhook({ secret, headers, body }: ReceivedWebhook): OrderEvent | WebhookTest {
  const text = typeof body === 'string' ? body : decodeBody(body);
  const used = Object.fromEntries(usedHeaders.map((name) => [name, getHeader(headers, name)]));
  let failure: unknown = new WebhookVerificationError('no secret was given');
  for (const candidate of [secret].flat()) {
    try {
      return toEvent(new Webhook(candidate).verify(text, used));
    } catch (error) {
      failure = error;
    }
  }
  const message = failure instanceof Error ? failure.message : String(failure);
  throw new WebhookVerificationError(message, { cause: failure });
}

function toEvent(payload: unknown): OrderEvent | WebhookTest {
  if (typeof payload === 'object' && payload !== null && 'type' in payload) return payload as OrderEvent | WebhookTest;
  throw new WebhookVerificationError('the body is not an event');
}

function decodeBody(body: Uint8Array): string {
  if (!ArrayBuffer.isView(body)) throw new WebhookVerificationError('the body must be the raw text or bytes');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch (cause) {
    throw new WebhookVerificationError('the body is not UTF-8', { cause });
  }
}

/** Returns the value of a header, or the empty string if it is missing or repeated. */
function getHeader(headers: WebhookHeaders, name: string): string {
  if (headers instanceof Headers) return headers.get(name) ?? '';
  const values = Object.entries(headers).flatMap(([key, value]) => (key.toLowerCase() === name ? (value ?? []) : []));
  const [value = ''] = values;
  return values.length === 1 && typeof value === 'string' ? value : '';
}

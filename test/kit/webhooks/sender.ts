// The webhook sender without the rest of the service, and messages for it.

import { generateSecret } from '../../../server/webhooks/secret.ts';
import { Sender, type SenderOptions, type WebhookMessage } from '../../../server/webhooks/sender.ts';
import { waitUntil } from '../wait-until.ts';
import { type RawReceiver, readCertificate } from './raw-receiver.ts';

/** A signal that is never aborted. */
export const neverAborted = new AbortController().signal;

/** The bytes of a successful response of a receiver. */
export const noContentResponse = 'HTTP/1.1 204 No Content\r\n\r\n';

export const [webhookSecret, otherWebhookSecret] = [1, 2].map((byte) =>
  generateSecret((size) => Buffer.alloc(size, byte)),
) as [string, string];

export const sentEvent = {
  id: '01969a4e-7b5a-7c3e-9d51-0a4b6c8d2e1f',
  type: 'order.approved',
  data: { note: 'Grüße 🎉' },
};

/** Builds a message with `sentEvent`, by default signed with `webhookSecret` alone. */
export function buildMessage(url: string, fields: Partial<WebhookMessage> = {}): WebhookMessage {
  const body = JSON.stringify(sentEvent);
  return { url, id: sentEvent.id, body, secrets: [webhookSecret], nowMs: Date.now(), ...fields };
}

/** Creates a sender, which by default may send to this machine and without TLS. */
export function createSender(options: Partial<SenderOptions> = {}): Sender {
  return new Sender({ rules: { isHttpAllowed: true, isPrivateAllowed: true }, timeoutMs: 5_000, ...options });
}

/** Options of a sender that treats 127.0.0.1 as a public address, and trusts the certificate authority of the tests. */
export const trustingOptions = {
  rules: { isHttpAllowed: false, isPrivateAllowed: false },
  certificates: readCertificate('authority'),
  resolve: async () => ['127.0.0.1'],
  mayConnectTo: (address: string) => address === '127.0.0.1',
};

/** Waits until every connection to a receiver is closed. */
export function waitUntilClosed(receiver: RawReceiver): Promise<number> {
  receiver.resume();
  return waitUntil(
    () => receiver.openConnections,
    (open) => open === 0,
  );
}

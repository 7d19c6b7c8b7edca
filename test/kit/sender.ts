// A sender of deliveries on its own, and what it is given to send.

import { generateSecret } from '../../server/webhooks/secret.ts';
import { Sender, type SenderOptions, type WebhookMessage } from '../../server/webhooks/sender.ts';
import { type RawReceiver, readCertificate } from './raw-receiver.ts';
import { waitUntil } from './wait-until.ts';

/** A signal that gives nothing up. */
export const neverAborted = new AbortController().signal;

/** The answer of a receiver that has it. */
export const noContentResponse = 'HTTP/1.1 204 No Content\r\n\r\n';

export const [webhookSecret, otherWebhookSecret] = [1, 2].map((byte) =>
  generateSecret((size) => Buffer.alloc(size, byte)),
) as [string, string];

export const sentEvent = {
  id: '01969a4e-7b5a-7c3e-9d51-0a4b6c8d2e1f',
  type: 'order.approved',
  data: { note: 'Grüße 🎉' },
};

/** An event, signed with one secret unless more is said. */
export function buildMessage(url: string, more: Partial<WebhookMessage> = {}): WebhookMessage {
  return { url, id: sentEvent.id, body: JSON.stringify(sentEvent), secrets: [webhookSecret], now: Date.now(), ...more };
}

/** Sends to this machine, unless more is said. */
export function createSender(options: Partial<SenderOptions> = {}): Sender {
  return new Sender({ rules: { isHttpAllowed: true, isPrivateAllowed: true }, timeoutMs: 5_000, ...options });
}

/** Options of a sender that takes this machine for a public address, and trusts the authority of the tests. */
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

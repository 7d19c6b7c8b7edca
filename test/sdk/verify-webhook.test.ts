// Webhook verification in the SDK: only messages that the service signed are accepted.

import { spawnSync } from 'node:child_process';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { type ReceivedWebhook, verifyWebhook, WebhookVerificationError } from '../../client/webhooks.ts';
import { orderEvent, orderEventExample } from '../../contract/schemas/events/order-event.ts';
import { type WebhookTest, webhookTest } from '../../contract/schemas/webhook-test.ts';
import { generateSecret } from '../../server/webhooks/secret.ts';

const [secret, otherSecret] = [
  generateSecret((size) => Buffer.alloc(size, 1)),
  generateSecret((size) => Buffer.alloc(size, 2)),
];
const sample = orderEvent.parse({ ...orderEventExample, type: 'order.approved', data: { note: 'Grüße 🎉' } });
const body = JSON.stringify(sample);

/** Returns the headers of a webhook that was signed `ageS` seconds ago. */
function signHeaders(text: string, { signedWith = secret, ageS = 0, id = sample.id } = {}) {
  const now = new Date(Date.now() - ageS * 1_000);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    'webhook-signature': new Webhook(signedWith).sign(id, now, text),
  };
}

const headers = signHeaders(body);
/** The text that a lenient decoder would produce from the invalid UTF-8 of `invalidUtf8`. */
const replaced = JSON.stringify({ ...sample, data: { note: '\uFFFD' } });
const invalidUtf8 = Buffer.from(
  Buffer.from(replaced).toString('latin1').replace('\u00EF\u00BF\u00BD', '\u00FF'),
  'latin1',
);
const received: ReceivedWebhook = { secret, headers, body };

describe('accepted webhooks', () => {
  test.each<[string, Partial<ReceivedWebhook>]>([
    ['with a text body', {}],
    ['with a Uint8Array body', { body: new TextEncoder().encode(body) }],
    ['with a Buffer body', { body: Buffer.from(body) }],
    ['with headers of fetch', { headers: new Headers(headers) }],
    [
      'with headers in upper case',
      { headers: Object.fromEntries(Object.entries(headers).map(([n, v]) => [n.toUpperCase(), v])) },
    ],
    [
      'with headers of Node',
      { headers: { ...headers, host: 'receiver.example', 'set-cookie': ['a', 'b'], via: undefined } },
    ],
    ['with one of several secrets', { secret: [otherSecret, secret] }],
    ['with an invalid secret beside the right one', { secret: ['whsec_!', secret] }],
    [
      'with one of several signatures',
      { headers: { ...headers, 'webhook-signature': `v1a,x v1,AAAA v1 ${headers['webhook-signature']}` } },
    ],
    ['that is four minutes old', { headers: signHeaders(body, { ageS: 240 }) }],
  ])('a webhook %s is accepted', (_, more) => expect(verifyWebhook({ ...received, ...more })).toEqual(sample));

  test('a test message is accepted, and its type distinguishes it from events', () => {
    const message = webhookTest.parse({
      id: sample.id,
      type: 'webhook.test',
      timestamp: sample.timestamp,
      data: { webhookId: 7 },
    });
    const text = JSON.stringify(message satisfies WebhookTest);
    const result = verifyWebhook({ secret, headers: signHeaders(text), body: text });
    expect(result.type === 'webhook.test' && result.data.webhookId).toBe(7);
  });
});

describe('rejected webhooks', () => {
  const rejections: [string, Partial<ReceivedWebhook>][] = [
    ['with another secret', { secret: otherSecret }],
    ['without a secret', { secret: [] }],
    ['with an empty secret', { secret: '' }],
    ['with a secret of zero bytes', { secret: 'whsec_' }],
    ['with a secret that is not base64', { secret: 'whsec_?' }],
    ['with an undefined secret', { secret: undefined as unknown as string }],
    ['with another body', { body: `${body} ` }],
    ['with an empty body', { body: '' }],
    ['with a parsed body', { body: sample as unknown as string }],
    ['with an undefined body', { body: undefined as unknown as string }],
    [
      'with invalid UTF-8 that decodes leniently to a signed body',
      { body: invalidUtf8, headers: signHeaders(replaced) },
    ],
    ['with a signed body that is not JSON', { body: 'nonsense', headers: signHeaders('nonsense') }],
    ['with a signed empty body', { body: '', headers: signHeaders('') }],
    ['with a signed body that is not an event', { body: '[]', headers: signHeaders('[]') }],
    ['with a signed body that is null', { body: 'null', headers: signHeaders('null') }],
    ['with a byte order mark before the body', { body: Buffer.from(`\uFEFF${body}`) }],
    ['without headers', { headers: {} }],
    ['with an empty Headers object', { headers: new Headers() }],
    ['with an old timestamp', { headers: signHeaders(body, { ageS: 301 }) }],
    ['with a future timestamp', { headers: signHeaders(body, { ageS: -310 }) }],
    ['without a timestamp', { headers: { ...headers, 'webhook-timestamp': undefined } }],
    ['with an invalid timestamp', { headers: { ...headers, 'webhook-timestamp': 'now' } }],
    [
      'with another timestamp',
      { headers: { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) } },
    ],
    ['with a huge timestamp', { headers: { ...headers, 'webhook-timestamp': '9'.repeat(400) } }],
    ['with another id', { headers: { ...headers, 'webhook-id': 'other' } }],
    ['with a version but no signature', { headers: { ...headers, 'webhook-signature': 'v1' } }],
    ['with an empty signature', { headers: { ...headers, 'webhook-signature': 'v1,' } }],
    [
      'with half a signature',
      { headers: { ...headers, 'webhook-signature': headers['webhook-signature'].slice(0, 20) } },
    ],
    [
      'with a signature of another version',
      { headers: { ...headers, 'webhook-signature': headers['webhook-signature'].replace('v1', 'v2') } },
    ],
    ['with a repeated header', { headers: { ...headers, 'webhook-id': [sample.id, sample.id] } }],
    ['with a header repeated in another case', { headers: { ...headers, 'Webhook-Id': sample.id } }],
  ];

  test.each(rejections)('a webhook %s is rejected', (_, more) => {
    expect(() => verifyWebhook({ ...received, ...more })).toThrow(WebhookVerificationError);
  });
});

test('the webhook entry loads no other module of the SDK', () => {
  const entry = import.meta.resolve('../../client/webhooks.ts');
  const script = `import { registerHooks } from 'node:module';
    registerHooks({ load: (url, context, next) => (process.stdout.write(url + '\\n'), next(url, context)) });
    await import(${JSON.stringify(entry)});`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  const loaded = stdout.split('\n').filter((url) => url !== '' && !url.includes('/node_modules/'));
  expect(loaded).toEqual([entry]);
  expect(stdout).not.toMatch(/zod|ts-rest/);
});

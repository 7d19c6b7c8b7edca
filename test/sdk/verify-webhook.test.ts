// What receivers of webhooks do with the SDK: they take what the service has signed, and nothing else.

import { spawnSync } from 'node:child_process';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { type ReceivedWebhook, verifyWebhook, WebhookVerificationError } from '../../client/webhooks.ts';
import { event, eventExample } from '../../contract/event.ts';
import { type WebhookTest, webhookTest } from '../../contract/webhook-test.ts';
import { generateSecret } from '../../server/webhooks/secret.ts';

const [secret, other] = [
  generateSecret((size) => Buffer.alloc(size, 1)),
  generateSecret((size) => Buffer.alloc(size, 2)),
];
const told = event.parse({ ...eventExample, type: 'order.approved', data: { note: 'Grüße 🎉' } });
const body = JSON.stringify(told);

/** The headers of a webhook that was signed with a secret so many seconds ago. */
function headersOf(text: string, { signedWith = secret, ageS = 0, id = told.id } = {}) {
  const now = new Date(Date.now() - ageS * 1_000);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    'webhook-signature': new Webhook(signedWith).sign(id, now, text),
  };
}

const headers = headersOf(body);
/** Text that bytes which are no UTF-8 are taken for. */
const replaced = JSON.stringify({ ...told, data: { note: '\uFFFD' } });
const broken = Buffer.from(Buffer.from(replaced).toString('latin1').replace('\u00EF\u00BF\u00BD', '\u00FF'), 'latin1');
const received: ReceivedWebhook = { secret, headers, body };

describe('a webhook is verified', () => {
  test.each<[string, Partial<ReceivedWebhook>]>([
    ['from text', {}],
    ['from bytes', { body: new TextEncoder().encode(body) }],
    ['from a Buffer', { body: Buffer.from(body) }],
    ['with headers of fetch', { headers: new Headers(headers) }],
    [
      'with headers in any case',
      { headers: Object.fromEntries(Object.entries(headers).map(([n, v]) => [n.toUpperCase(), v])) },
    ],
    [
      'with headers of Node',
      { headers: { ...headers, host: 'receiver.example', 'set-cookie': ['a', 'b'], via: undefined } },
    ],
    ['with one of several secrets', { secret: [other, secret] }],
    ['with a secret that is no secret beside it', { secret: ['whsec_!', secret] }],
    [
      'with one of several signatures',
      { headers: { ...headers, 'webhook-signature': `v1a,x v1,AAAA v1 ${headers['webhook-signature']}` } },
    ],
    ['when it is four minutes old', { headers: headersOf(body, { ageS: 240 }) }],
  ])('%s', (_, more) => expect(verifyWebhook({ ...received, ...more })).toEqual(told));

  test('that only tries whether it arrives, and told apart by its type', () => {
    const trial = webhookTest.parse({
      id: told.id,
      type: 'webhook.test',
      timestamp: told.timestamp,
      data: { webhookId: 7 },
    });
    const text = JSON.stringify(trial satisfies WebhookTest);
    const result = verifyWebhook({ secret, headers: headersOf(text), body: text });
    expect(result.type === 'webhook.test' && result.data.webhookId).toBe(7);
  });
});

describe('a webhook is refused, by an error of its own,', () => {
  const refusals: [string, Partial<ReceivedWebhook>][] = [
    ['with another secret', { secret: other }],
    ['with no secret', { secret: [] }],
    ['with an empty secret', { secret: '' }],
    ['with a secret that has no bytes', { secret: 'whsec_' }],
    ['with a secret that is no base64', { secret: 'whsec_?' }],
    ['with a secret that is not there', { secret: undefined as unknown as string }],
    ['with another body', { body: `${body} ` }],
    ['with no body', { body: '' }],
    ['with a body that was parsed', { body: told as unknown as string }],
    ['with a body that is not there', { body: undefined as unknown as string }],
    ['with a body that is not UTF-8, though like one that was signed', { body: broken, headers: headersOf(replaced) }],
    ['with a body that is no JSON, though signed', { body: 'nonsense', headers: headersOf('nonsense') }],
    ['with a body that is empty, though signed', { body: '', headers: headersOf('') }],
    ['with a body that is no event, though signed', { body: '[]', headers: headersOf('[]') }],
    ['with a body that is null, though signed', { body: 'null', headers: headersOf('null') }],
    ['with a mark of bytes before the body', { body: Buffer.from(`\uFEFF${body}`) }],
    ['with no headers', { headers: {} }],
    ['with no headers of fetch', { headers: new Headers() }],
    ['with an old timestamp', { headers: headersOf(body, { ageS: 301 }) }],
    ['with a timestamp of the future', { headers: headersOf(body, { ageS: -310 }) }],
    ['with no timestamp', { headers: { ...headers, 'webhook-timestamp': undefined } }],
    ['with a timestamp that is none', { headers: { ...headers, 'webhook-timestamp': 'now' } }],
    [
      'with another timestamp',
      { headers: { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) } },
    ],
    ['with a huge timestamp', { headers: { ...headers, 'webhook-timestamp': '9'.repeat(400) } }],
    ['with another id', { headers: { ...headers, 'webhook-id': 'other' } }],
    ['with a signature of no version', { headers: { ...headers, 'webhook-signature': 'v1' } }],
    ['with an empty signature', { headers: { ...headers, 'webhook-signature': 'v1,' } }],
    [
      'with half a signature',
      { headers: { ...headers, 'webhook-signature': headers['webhook-signature'].slice(0, 20) } },
    ],
    [
      'with a signature of another version',
      { headers: { ...headers, 'webhook-signature': headers['webhook-signature'].replace('v1', 'v2') } },
    ],
    ['with a header that came twice', { headers: { ...headers, 'webhook-id': [told.id, told.id] } }],
    ['with a header in two cases', { headers: { ...headers, 'Webhook-Id': told.id } }],
  ];

  test.each(refusals)('%s', (_, more) => {
    expect(() => verifyWebhook({ ...received, ...more })).toThrow(WebhookVerificationError);
  });
});

test('a receiver loads nothing of the rest of the SDK', () => {
  const entry = import.meta.resolve('../../client/webhooks.ts');
  const script = `import { registerHooks } from 'node:module';
    registerHooks({ load: (url, context, next) => (process.stdout.write(url + '\\n'), next(url, context)) });
    await import(${JSON.stringify(entry)});`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  const loaded = stdout.split('\n').filter((url) => url !== '' && !url.includes('/node_modules/'));
  expect(loaded).toEqual([entry]);
  expect(stdout).not.toMatch(/zod|ts-rest/);
});

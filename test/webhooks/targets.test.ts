// The egress guard: no URL, name or DNS answer makes the service connect to a private address.

import { readFile } from 'node:fs/promises';
import ipaddr from 'ipaddr.js';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../server/config/config.ts';
import type { TargetRules } from '../../server/config/webhooks.ts';
import { GuardedAgents } from '../../server/webhooks/egress-guard.ts';
import { isPublicAddress } from '../../server/webhooks/public-address.ts';
import { sendAndAwaitHead } from '../../server/webhooks/receiver-exchange.ts';
import { createPublicResolver, systemResolver } from '../../server/webhooks/resolvers.ts';
import { findTargetError } from '../../server/webhooks/target.ts';
import { waitUntil } from '../kit/wait-until.ts';
import { startDnsServer } from '../kit/webhooks/dns-server.ts';
import { type RawReceiver, startRawReceiver } from '../kit/webhooks/raw-receiver.ts';
import { createSender, neverAborted, noContentResponse } from '../kit/webhooks/sender.ts';

const strict: TargetRules = { isHttpAllowed: false, isPrivateAllowed: false };
const withHttp: TargetRules = { isHttpAllowed: true, isPrivateAllowed: false };
const forTests: TargetRules = { isHttpAllowed: true, isPrivateAllowed: true };

const message = { id: 'message', body: '{}', secrets: ['whsec_c2VjcmV0'], nowMs: 0 };

/** Starts a receiver that responds with 204 to any bytes. */
function startReceiver(): Promise<RawReceiver> {
  return startRawReceiver((socket) => socket.on('data', () => socket.write(noContentResponse)));
}

/** IANA's special-purpose IPv4 address blocks, and multicast. */
const specialV4 = `0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.0.0/29
  192.0.0.8/32 192.0.0.9/32 192.0.0.10/32 192.0.0.170/32 192.0.0.171/32 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24
  192.88.99.0/24 192.88.99.2/32 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 240.0.0.0/4
  255.255.255.255/32 224.0.0.0/4`.split(/\s+/);

/** IANA's special-purpose IPv6 address blocks without NAT64, and the unallocated blocks. */
const specialV6 = `::1/128 ::/128 ::/96 ::ffff:0:0:0/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001::/32
  2001:1::1/128 2001:1::2/128 2001:1::3/128 2001:2::/48 2001:3::/32 2001:4:112::/48 2001:10::/28 2001:20::/28 2001:30::/28
  2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8 200::/7 1000::/4
  4000::/3 6000::/3 8000::/3 a000::/3 c000::/3 e000::/4 f000::/5 f800::/6 fe00::/9`.split(/\s+/);

/** Returns the first address of a block, the last one, and one between them. */
function samplesOf(block: string): string[] {
  const [start, prefix] = ipaddr.parseCIDR(block);
  const bytes = start.toByteArray();
  const ends = [0x00, 0x55, 0xff].map((fill) =>
    bytes.map((byte, index) => byte | (fill & (0xff >> Math.min(8, Math.max(0, prefix - index * 8))))),
  );
  return ends.map((end) => ipaddr.fromByteArray(end).toString());
}

describe('an address is not public', () => {
  test.each([...specialV4, ...specialV6])('the addresses of the special-purpose block %s are not public', (block) => {
    for (const address of samplesOf(block)) expect([address, isPublicAddress(address)]).toEqual([address, false]);
  });

  test.each(specialV4)('the addresses of %s are not public in IPv4-mapped or NAT64 form', (block) => {
    for (const address of samplesOf(block)) {
      expect(isPublicAddress(`::ffff:${address}`)).toBe(false);
      expect(isPublicAddress(`64:ff9b::${address}`)).toBe(false);
    }
  });

  test.each([
    'fe80::1%eth0',
    '2606:4700::1111%1',
    '',
    'receiver.example',
    '010.0.0.1',
    '0x8.8.8.8',
    '8.8.2056',
    '[::1]',
  ])('%j is not a public address', (text) => expect(isPublicAddress(text)).toBe(false));
});

test.each(
  `1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255
  172.15.255.255 172.32.0.0 192.0.1.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255 2001:200::1
  2003::1 2606:4700:4700::1111 2a00:1450:4001::1 ::ffff:8.8.8.8 64:ff9b::8.8.8.8`.split(/\s+/),
)('%s is public', (address) => expect(isPublicAddress(address)).toBe(true));

describe('a URL may be a target', () => {
  test.each([
    'https://receiver.example/hooks?tenant=1',
    'https://receiver.example.:8443/',
    'HTTPS://Receiver.Example',
    'https://bücher.example/',
    'https://8.8.8.8/',
    'https://[2606:4700:4700::1111]/',
    'https://local.example/',
    'https://internal.example/',
    `https://receiver.example/${'x'.repeat(1_975)}`,
  ])('the URL %.60s is allowed as a target', (url) => expect(findTargetError(url, strict)).toBeUndefined());

  test('plain HTTP and private targets are allowed only if the configuration allows them', () => {
    expect(findTargetError('http://receiver.example/', withHttp)).toBeUndefined();
    expect(findTargetError('http://localhost:8000/', forTests)).toBeUndefined();
    expect(findTargetError('http://10.0.0.1/', forTests)).toBeUndefined();
    expect(findTargetError('http://receiver/', { ...strict, isPrivateAllowed: true })).toMatch('https://');
  });
});

test('the default configuration allows only HTTPS to public addresses', () => {
  expect(readConfig({}).webhookTargets).toEqual(strict);
  expect(readConfig({ WEBHOOKS_ALLOW_HTTP: 'on' }).webhookTargets).toEqual(withHttp);
  expect(readConfig({ WEBHOOKS_ALLOW_HTTP: 'on', WEBHOOKS_ALLOW_PRIVATE: 'on' }).webhookTargets).toEqual(forTests);
  const mistaken = () => readConfig({ WEBHOOKS_ALLOW_HTTP: 'yes', WEBHOOKS_ALLOW_PRIVATE: 'true' });
  expect(mistaken).toThrow(/WEBHOOKS_ALLOW_HTTP: must be on or off; WEBHOOKS_ALLOW_PRIVATE: must be on or off/);
});

describe('a URL may not be a target, whatever else is allowed,', () => {
  test.each([
    ['https://user@receiver.example/', 'user name'],
    ['https://:password@receiver.example/', 'password'],
    ['https://receiver.example/#part', 'fragment'],
    ['https://receiver.example/#', 'fragment'],
    [`https://receiver.example/${'x'.repeat(1_976)}`, '2000'],
    ['ftp://receiver.example/', 'must have the form'],
    ['file:///etc/passwd', 'must have the form'],
    ['javascript:alert(1)', 'must have the form'],
    ['https:receiver.example', 'must have the form'],
    ['receiver.example', 'must have the form'],
    ['https://', 'must have the form'],
    ['https://[::1', 'must have the form'],
    ['https://999.1.1.1/', 'must have the form'],
    ['https://receiver.example:99999/', 'must have the form'],
    ['', 'must have the form'],
    [' https://receiver.example/', 'blanks'],
    ['https://receiver.exa\tmple/', 'blanks'],
    ['https://receiver.example/\n', 'blanks'],
    ['https://receiver.example/\u0000', 'blanks'],
    ['https:\\\\receiver.example\\', 'blanks'],
    ['https://receiver.example\\@127.0.0.1/', 'blanks'],
  ])('the URL %j is never allowed as a target', (url, reason) =>
    expect(findTargetError(url, forTests)).toContain(reason),
  );
});

/** Spellings of loopback and private addresses, and names that resolve to them. */
const spellings =
  `127.0.0.1 127.1 127.0.1 127.0.0.1. 127.255.255.254 0 0.0.0.0 2130706433 017700000001 0x7f000001 0x7f.1 0x7F.0.0.0x1
  0177.0.0.1 0000177.0.0.1 127.0.0.0x1 127.0x000001 %31%32%37.0.0.1 127%2e0%2e0%2e1 １２７.０.０.１ 127。0。0。1 127．1 ①②⑦.0.0.1 10.0.0.1
  012.1 172.16.0.1 192.168.0.1 192.168.257 169.254.169.254 0xA9FEA9FE 2852039166 100.64.0.1 255.255.255.255 224.0.0.1 [::] [::1]
  [0:0:0:0:0:0:0:1] [0000::0001] [::127.0.0.1] [::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:7f00:0001]
  [::ffff:0:127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b:1::7f00:1] [2002:7f00:1::] [2002:7f00:1::1]
  [2001:0:7f00:1::] [2001::80ff:fffe] [fc00::1] [fd00:ec2::254] [fe80::1] [fec0::1] [ff02::1] [4000::1] [::7f00:1]
  localhost LOCALHOST localhost. localhost.. foo.localhost a.localhost. ⓛocalhost receiver printer.local metadata.google.internal
  router.home.arpa 127.0.0.1.. receiver..example`.split(/\s+/);

describe('no connection is made, nor a target accepted,', () => {
  test.each(spellings)('%s is rejected as a target and not connected to', async (host) => {
    await using receiver = await startReceiver();
    await using sender = createSender({ rules: withHttp, resolve: async () => ['127.0.0.1'] });
    const url = `http://${host}:${receiver.port}/`;
    expect(findTargetError(url, withHttp)).toMatch(/is not public|is not valid|must have the form/);
    const result = await sender.send({ ...message, url }, neverAborted);
    expect(result).toMatchObject({ statusCode: null, error: findTargetError(url, withHttp) });
    await expectUntouched(receiver);
  });

  test('a user name that looks like a public host does not bypass the guard', async () => {
    await using receiver = await startReceiver();
    await using sender = createSender({ rules: withHttp });
    const url = `http://receiver.example@127.0.0.1:${receiver.port}/`;
    expect((await sender.send({ ...message, url }, neverAborted)).error).toContain('user name');
    await expectUntouched(receiver);
  });

  test('the agents connect to no private address even without the check of the URL', async () => {
    await using receiver = await startReceiver();
    const agents = new GuardedAgents({ resolve: async () => ['127.0.0.1'], mayConnectTo: isPublicAddress });
    using _closing = agents;
    for (const host of [...spellings, 'public.example'].filter((name) => URL.canParse(`http://${name}/`))) {
      for (const protocol of ['http', 'https']) {
        const request = agents.request(new URL(`${protocol}://${host}:${receiver.port}/`), 'kept', { method: 'POST' });
        await expect(sendAndAwaitHead(request, Buffer.from('{}'), neverAborted)).rejects.toThrow(
          /^The address .* is not public\.$/,
        );
      }
    }
    await expectUntouched(receiver);
  });

  test.each([
    '127.0.0.1',
    '10.0.0.1',
    '169.254.169.254',
    '::1',
    '::ffff:127.0.0.1',
    'fd00::1',
    '0.0.0.0',
    '64:ff9b::7f00:1',
  ])('a name that resolves to %s is not connected to', async (address) => {
    await using receiver = await startReceiver();
    await using sender = createSender({ rules: withHttp, resolve: async () => [address] });
    const url = `http://public.example:${receiver.port}/`;
    const result = await sender.send({ ...message, url }, neverAborted);
    expect(result.error).toBe(`The address ${address} is not public.`);
    await expectUntouched(receiver);
  });
});

/** Asserts that the receiver was not reached: a connection made now is its first. */
async function expectUntouched(receiver: RawReceiver): Promise<void> {
  await using sender = createSender();
  await sender.send({ ...message, url: `http://127.0.0.1:${receiver.port}/` }, neverAborted);
  expect(receiver.reachedAddresses).toEqual(['127.0.0.1']);
  expect(receiver.received.split('POST').length - 1).toBe(1);
}

/** Treats 127.0.0.1 as public, so that the test has a reachable receiver, and all other addresses as private. */
const mayConnectTo = (address: string) => address === '127.0.0.1';

describe('a name', () => {
  test('a name with public and private addresses is connected to at the public one', async () => {
    await using receiver = await startReceiver();
    const resolve = async () => ['127.0.0.2', '127.0.0.1', '127.0.0.3'];
    await using sender = createSender({ rules: withHttp, resolve, mayConnectTo });
    const url = `http://public.example:${receiver.port}/`;
    expect(await sender.send({ ...message, url }, neverAborted)).toMatchObject({ statusCode: 204, error: null });
    expect(receiver.reachedAddresses).toEqual(['127.0.0.1']);
  });

  test('a rebound name is resolved once for each connection and then rejected', async () => {
    await using receiver = await startRawReceiver((socket) => socket.once('data', () => socket.end(noContentResponse)));
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return asked === 1 ? ['127.0.0.1'] : ['127.0.0.2'];
    };
    await using sender = createSender({ rules: withHttp, resolve, mayConnectTo });
    const url = `http://public.example:${receiver.port}/`;
    expect((await sender.send({ ...message, url }, neverAborted)).statusCode).toBe(204);
    expect(asked).toBe(1);
    const result = await sender.send({ ...message, url }, neverAborted);
    expect(result).toMatchObject({ statusCode: null, error: 'The address 127.0.0.2 is not public.' });
    expect(receiver.reachedAddresses).toEqual(['127.0.0.1']);
  });

  test.each(['http', 'https'])(
    'the address of the connection is checked again before a byte is sent over %s',
    async (protocol) => {
      await using receiver = await startReceiver();
      let checks = 0;
      const once = () => {
        checks += 1;
        return checks === 1;
      };
      await using sender = createSender({ rules: withHttp, resolve: async () => ['127.0.0.1'], mayConnectTo: once });
      const url = `${protocol}://public.example:${receiver.port}/`;
      expect((await sender.send({ ...message, url }, neverAborted)).error).toBe('The address 127.0.0.1 is not public.');
      expect(checks).toBe(2);
      await waitUntil(() => receiver.reachedAddresses.length === 1 && receiver.openConnections === 0, Boolean);
      expect(receiver.received).toBe('');
    },
  );

  test.each([
    [async () => [], 'The host name does not exist or has no address.'],
    [
      () => Promise.reject(Object.assign(new Error(), { code: 'ENOTFOUND' })),
      'The host name does not exist or has no address.',
    ],
    [
      () => Promise.reject(Object.assign(new Error(), { code: 'ENODATA' })),
      'The host name does not exist or has no address.',
    ],
    [() => Promise.reject(Object.assign(new Error(), { code: 'ETIMEOUT' })), 'The host name could not be resolved.'],
    [() => Promise.reject(new Error('broken')), 'The host name could not be resolved.'],
  ])('a name that does not resolve is reported in the result: %#', async (resolve, error) => {
    await using sender = createSender({ rules: strict, resolve });
    const result = await sender.send({ ...message, url: 'https://public.example/' }, neverAborted);
    expect(result).toMatchObject({ statusCode: null, error });
  });
});

describe('name servers', () => {
  const zone = {
    'both.example': { A: ['192.0.2.1', '192.0.2.2'], AAAA: ['2001:db8::1'] },
    'six.example': { A: [], AAAA: ['2001:db8::2'] },
    'four.example': { A: ['192.0.2.3'] },
    'empty.example': { A: [], AAAA: [] },
    'half.example': { A: [] },
    'silent.example': {},
  };

  test('the public resolver returns all addresses of a name', async () => {
    await using server = await startDnsServer(zone);
    const resolve = createPublicResolver({ servers: [server.address] });
    expect(await resolve('both.example')).toEqual(['192.0.2.1', '192.0.2.2', '2001:db8::1']);
    expect(await resolve('six.example')).toEqual(['2001:db8::2']);
    expect(server.questions.sort().slice(0, 2)).toEqual(['A both.example', 'A six.example']);
  });

  test('the public resolver does not wait long for the second address family', async () => {
    await using server = await startDnsServer(zone);
    const resolve = createPublicResolver({ servers: [server.address], limitMs: 3_600_000 });
    expect(await resolve('four.example')).toEqual(['192.0.2.3']);
  });

  test('the public resolver distinguishes missing names from name servers that do not respond', async () => {
    await using server = await startDnsServer(zone);
    const resolve = createPublicResolver({ servers: [server.address], limitMs: 500 });
    await expect(resolve('unknown.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(resolve('empty.example')).rejects.toMatchObject({ code: 'ENODATA' });
    await expect(resolve('half.example')).rejects.toMatchObject({ code: expect.stringMatching(/ETIMEOUT|ECANCELLED/) });
  });

  test('name servers that do not respond do not block file operations', async () => {
    await using server = await startDnsServer(zone);
    const resolve = createPublicResolver({ servers: [server.address], limitMs: 1_000 });
    const pending = Array.from({ length: 32 }, () => resolve('silent.example').catch(() => 'given up'));
    expect(await Promise.race([...pending, readFile(import.meta.filename, 'utf8')])).toContain(
      'do not block file operations',
    );
    expect(new Set(await Promise.all(pending))).toEqual(new Set(['given up']));
  });

  test('the system resolver resolves localhost', async () => {
    expect(await systemResolver('localhost')).toContain('127.0.0.1');
  });
});

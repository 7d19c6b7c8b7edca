// The package of the SDK, installed from its tarball in an empty folder: what it contains, its size, its types, a
// program that takes an order to APPROVED on every Node version at hand, and the examples.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setUpBrowser } from '../kit/console/browser.ts';
import { createTemporaryFolder } from '../kit/folder.ts';
import { findFreePort } from '../kit/free-port.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { startHttpServer } from '../kit/local-server.ts';
import { findNodes, type PackedClient, packClient, runNode, startProgram } from '../kit/sdk/packed-client.ts';
import { startTestApp, type TestApp } from '../kit/service/app.ts';
import { waitUntil } from '../kit/wait-until.ts';
import { localTargets } from '../kit/webhooks/receiver.ts';

const browser = setUpBrowser();
let client: PackedClient;
beforeAll(async () => {
  client = await packClient();
});
afterAll(() => client[Symbol.asyncDispose]());

const nodes = await findNodes();

/** Twenty lines that take an order to APPROVED. `URL_OF_SERVICE` is replaced. */
const program = `
const client = createClient({ baseUrl: 'URL_OF_SERVICE' });
const order = await client.orders.create({
  customerId: 'customer-17',
  currency: 'EUR',
  items: [{ productId: 'tea-green-250', quantity: 2, unitPrice: 1250 }],
});
const validation = await client.orders.validateAndWait({ orderId: order.id });
if (validation.state !== 'passed') throw new Error(validation.state);
const { data, etag } = await client.orders.approve({ orderId: order.id }).withResponse();
try {
  await client.orders.approve({ orderId: order.id });
} catch (error) {
  if (!isProblem(error, 'invalid-transition')) throw error;
  console.log([data.status, etag, error.problem.currentStatus].join(' '));
}
`;

const esmProgram = `import { createClient, isProblem } from '@order-workflow/client';\n${program}`;
const cjsProgram = `const { createClient, isProblem } = require('@order-workflow/client');\n(async () => {${program}})();`;

describe('the tarball', () => {
  test('the tarball contains the build with declarations, README and licence, and nothing else', () => {
    const names = ['index', 'webhooks'].flatMap((name) => [
      `${name}.js`,
      `${name}.cjs`,
      `${name}.d.ts`,
      `${name}.d.cts`,
    ]);
    const expected = ['LICENSE', 'README.md', 'package.json', 'dist/types.d.ts', 'dist/types.d.cts'];
    expect([...client.files].sort()).toEqual([...expected, ...names.map((name) => `dist/${name}`)].sort());
  });

  test('no file of the tarball imports a package', async () => {
    const folder = join(client.packageFolder, 'dist');
    for (const name of await readdir(folder)) {
      const text = await readFile(join(folder, name), 'utf8');
      const imported = [...text.matchAll(/(?:\bfrom |\brequire\(|\bimport\()["']([^"']+)["']/g)].map(
        ([, found]) => found,
      );
      expect(
        imported.filter((path) => !path?.startsWith('./')),
        name,
      ).toEqual([]);
      expect(text, name).not.toMatch(/\bzod\b|ts-rest/);
    }
  });

  test('publint finds nothing to improve', async () => {
    expect(await client.runTool('publint', '--strict', client.packageFolder)).toContain('All good!');
  });

  test('the types are right for every module resolution (arethetypeswrong)', async () => {
    expect(await client.runTool('attw', client.tarball)).toContain('No problems found');
  });
});

describe('the size', () => {
  test.each([
    ['createClient', '@order-workflow/client', 15_000],
    ['canPerform', '@order-workflow/client', 3_000],
    ['verifyWebhook', '@order-workflow/client/webhooks', 6_000],
  ])('%s of %s takes at most %i bytes in a bundle, compressed', async (name, entry, maxBytes) => {
    const code = await bundle(`import { ${name} } from '${entry}';\nglobalThis.used = ${name};\n`, `${name}.js`);
    const size = gzipSync(code).length;
    expect(size).toBeGreaterThan(300);
    expect(size).toBeLessThanOrEqual(maxBytes);
  });
});

/** Bundles a module of the project for browsers, minified. */
async function bundle(text: string, name: string): Promise<string> {
  const input = await client.project.write(name, text);
  const result = await build({
    root: client.project.path,
    configFile: false,
    logLevel: 'warn',
    build: { write: false, rolldownOptions: { input }, modulePreload: false },
  });
  const { output } = (Array.isArray(result) ? result[0] : result) as Rolldown.RolldownOutput;
  return output[0].code;
}

describe('programs that install the tarball', () => {
  test.each(nodes)(
    'an ESM and a CommonJS program take an order to APPROVED on Node $version',
    async ({ executable }) => {
      await using app = await startTestApp();
      const { project } = client;
      const files = [
        await project.write('program.mjs', esmProgram.replace('URL_OF_SERVICE', app.url)),
        await project.write('program.cjs', cjsProgram.replace('URL_OF_SERVICE', app.url)),
      ];
      for (const file of files) {
        expect(await runNode(executable, [file], { cwd: project.path })).toBe('APPROVED "4" APPROVED\n');
      }
    },
  );

  test.each(nodes)('the webhook entry loads as ESM and CommonJS on Node $version', async ({ executable }) => {
    const { project } = client;
    const use = 'try { verifyWebhook({ secret: "", headers: {}, body: "" }) } catch (e) { console.log(e.name) }';
    const files = [
      await project.write('hook.mjs', `import { verifyWebhook } from '@order-workflow/client/webhooks';\n${use}`),
      await project.write('hook.cjs', `const { verifyWebhook } = require('@order-workflow/client/webhooks');\n${use}`),
    ];
    for (const file of files) {
      expect(await runNode(executable, [file], { cwd: project.path })).toBe('WebhookVerificationError\n');
    }
  });

  test.each([
    ['nodenext', 'nodenext'],
    ['preserve', 'bundler'],
  ])('a program compiles under --strict with module %s and resolution %s', async (module, moduleResolution) => {
    const { project, runTool } = client;
    const files = [
      await project.write('typed.mts', `${esmProgram}\nexport { order };\n`),
      await project.write(
        'typed.cts',
        `import client = require('@order-workflow/client');\nexport const used = client.createClient;\n`,
      ),
      await project.write('hook.ts', "export { verifyWebhook } from '@order-workflow/client/webhooks';\n"),
    ];
    const inputs = module === 'preserve' ? files.filter((file) => !file.endsWith('.cts')) : files;
    const flags = [
      '--noEmit',
      '--strict',
      '--module',
      module,
      '--moduleResolution',
      moduleResolution,
      '--target',
      'es2022',
    ];
    expect(await runTool('tsc', ...flags, ...inputs)).toBe('');
  });

  test('a program with a mistake does not compile', async () => {
    const { project, runTool } = client;
    const text = `import { createClient } from '@order-workflow/client';\ncreateClient({ baseUrl: '' }).orders.get({});\n`;
    const file = await project.write('mistake.mts', text);
    await expect(runTool('tsc', '--noEmit', '--strict', '--module', 'nodenext', file)).rejects.toThrow(
      /TS2345.*orderId|orderId/s,
    );
  });
});

describe('the examples', () => {
  /** Returns the environment of an example that uses this service. */
  const toEnvironment = ({ url }: TestApp) => ({ ORDERS_URL: url });

  /** Runs an example to its end and returns the lines of its output. */
  async function runExample(name: string, env: Record<string, string>): Promise<string[]> {
    const { path } = client.project;
    return (await runNode(process.execPath, [join(path, 'examples', name)], { cwd: path, env })).trim().split('\n');
  }

  test('create-and-wait.ts takes an order to APPROVED, and is the program in the README', async () => {
    await using app = await startTestApp();
    const [state, message, requestId] = await runExample('create-and-wait.ts', toEnvironment(app));
    expect(state).toBe('passed');
    expect(message).toBe("invalid-transition: Cannot approve order in status 'APPROVED'. Must be 'VALIDATED'");
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    const text = await readFile(join(client.project.path, 'examples/create-and-wait.ts'), 'utf8');
    const readme = await readFile(join(import.meta.dirname, '../../README.md'), 'utf8');
    expect(readme).toContain(text.slice(text.indexOf('import ')));
  });

  test('follow-events.ts continues after the last event when it is started again', async () => {
    await using app = await startTestApp();
    await using folder = await createTemporaryFolder();
    const environment = { ...toEnvironment(app), POSITION_FILE: join(folder.path, 'position') };
    const start = () =>
      startProgram(join(client.project.path, 'examples/follow-events.ts'), client.project.path, environment);
    const readPosition = () => readFile(environment.POSITION_FILE, 'utf8').catch(() => '');
    await app.client.orders.create(buildOrder());
    await using first = start();
    await waitUntil(readPosition, (position) => position === '1');
    await first.kill();
    await app.client.orders.reject({ orderId: 1 });
    await using second = start();
    await waitUntil(readPosition, (position) => position === '2');
    expect(first.lines).toEqual(['order 1 of customer-1 was created']);
    expect(second.lines).toEqual(['order 1 was rejected: 0 violated rules']);
  });

  test('receive-webhooks.ts accepts authentic webhooks once and rejects others', async () => {
    await using app = await startTestApp(localTargets);
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}`;
    const { id, secret } = await app.client.webhooks.create({ url, types: ['order.approved'] });
    const environment = { WEBHOOK_SECRET: secret, PORT: String(port) };
    await using receiver = startProgram(
      join(client.project.path, 'examples/receive-webhooks.ts'),
      client.project.path,
      environment,
    );
    await waitUntil(
      () => receiver.lines.length,
      (count) => count === 1,
    );
    await app.client.orders.create(buildOrder());
    await app.client.orders.validateAndWait({ orderId: 1 });
    await app.client.orders.approve({ orderId: 1 });
    await waitUntil(
      () => receiver.lines.length,
      (count) => count === 2,
    );
    // The service stores the delivery after the response of the receiver.
    await waitUntil(
      () => app.client.webhooks.deliveries({ webhookId: id }),
      ({ data }) => data.length === 1,
    );
    await app.client.webhooks.redeliver({ webhookId: id, deliveryId: 1 });
    await app.client.webhooks.test({ webhookId: id });
    await waitUntil(
      () => receiver.lines.length,
      (count) => count === 3,
    );
    expect(receiver.lines).toEqual([`receiving webhooks on port ${port}`, 'order 1 was approved', 'webhook.test']);
    expect((await fetch(url, { method: 'POST', body: '{"type":"order.approved"}' })).status).toBe(401);
  });

  test('approve-orders.ts approves the validated orders up to a total', async () => {
    await using app = await startTestApp();
    for (const unitPrice of [100, 9_000, 200]) {
      const { id: orderId } = await app.client.orders.create(
        buildOrder({ items: [{ productId: 'tea', quantity: 2, unitPrice }] }),
      );
      await app.client.orders.validateAndWait({ orderId });
    }
    expect(await runExample('approve-orders.ts', toEnvironment(app))).toEqual(['2 orders were approved']);
    expect(await runExample('approve-orders.ts', toEnvironment(app))).toEqual(['0 orders were approved']);
    const { data } = await app.client.orders.list({ sort: 'id' });
    expect(data.map(({ status }) => status)).toEqual(['APPROVED', 'VALIDATED', 'APPROVED']);
  });

  test('a page that Vite builds takes an order to APPROVED in the browser', async () => {
    const outDir = join(client.project.path, 'page');
    const root = join(client.project.path, 'examples/page');
    await build({ root, configFile: false, logLevel: 'warn', base: './', build: { outDir, emptyOutDir: true } });
    await using site = await startHttpServer(async (request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://page');
      const file = join(outDir, pathname === '/' ? 'index.html' : pathname);
      const content = await readFile(file).catch(() => undefined);
      const type = pathname.endsWith('.js') ? 'text/javascript' : 'text/html';
      response.writeHead(content ? 200 : 404, { 'content-type': type }).end(content);
    }, '127.0.0.3');
    await using app = await startTestApp({ corsOrigins: [site.url] });
    await using tab = await browser.open(`${site.url}/?service=${encodeURIComponent(app.url)}`);
    await tab.press('Create an order');
    await tab.page.getByText('Order 1 is APPROVED').waitFor();
  });
});

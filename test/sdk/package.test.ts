// The package of the SDK, installed from its tarball in an empty folder: what it contains, its size, its types, and a
// program that takes an order to APPROVED on every Node version at hand.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findNodes, type PackedClient, packClient, runNode } from '../kit/sdk/packed-client.ts';
import { startTestApp } from '../kit/service/app.ts';

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

// The API page (Swagger UI) in a real browser: it lists all operations, fills in ids, and sends real requests.

import { expect, test } from 'vitest';
import { startApiPageApp } from '../kit/console/api-page.ts';
import { expectCleanPage, setUpBrowser, type Tab } from '../kit/console/browser.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { createToken } from '../kit/http/tokens.ts';
import { startAuthenticatedApp, startTestApp, type TestApp } from '../kit/service/app.ts';
import { waitUntil } from '../kit/wait-until.ts';

const browser = setUpBrowser();

/** Swagger UI takes seconds to render an operation on a busy machine. */
const slow = { timeout: 90_000 };

type Operation = { operationId: string; path: string; method: string; security: object[] };

/** Returns the operations of the document, in the order of the page. */
async function readOperations(app: TestApp): Promise<Operation[]> {
  const document = await (await app.request('/openapi.json')).json();
  const paths: Record<string, Record<string, Operation>> = document.paths;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method })),
  );
}

/** Finds the block of an operation on the page. Its id contains the operation id, with a backslash before each dot. */
function findBlock({ page }: Tab, operationId: string) {
  return page.locator(`.opblock[id$="-${operationId.replaceAll('.', String.raw`\\.`)}"]`);
}

/** Opens or closes the block of an operation. */
async function toggle(tab: Tab, operationId: string): Promise<void> {
  await findBlock(tab, operationId).getByRole('button').first().click();
}

/** Presses Execute in an open block, and waits until the response is shown. Returns its status and path. */
async function execute(tab: Tab, operationId: string): Promise<{ status: number; path: string }> {
  const block = findBlock(tab, operationId);
  const button = block.getByRole('button', { name: 'Execute', exact: true });
  const template = await block.locator('.opblock-summary-path').getAttribute('data-path');
  const method = await block.locator('.opblock-summary-method').textContent();
  await button.waitFor();
  const url = new RegExp(`^${new URL(tab.page.url()).origin}${template?.replaceAll(/\{\w+\}/g, '[^/]+')}(\\?|$)`);
  const received = tab.page.waitForResponse(
    (response) => url.test(response.url()) && response.request().method() === method,
  );
  await button.click();
  const response = await received;
  const requestId = String(response.headers()['x-request-id']);
  await block.locator('.live-responses-table').getByText(requestId).first().waitFor();
  return { status: response.status(), path: new URL(response.url()).pathname };
}

/** The operations that the test executes by default: each takes seconds to render. `API_PAGE=all` selects all. */
const executedByDefault = ['orders.create', 'orders.validate', 'orders.approve', 'events.stream'];

const title = 'every operation on the API page succeeds if it is executed unchanged, twice in a row';
test(title, { timeout: 900_000 }, async () => {
  await using app = await startApiPageApp();
  await using tab = await browser.open(`${app.url}/docs/`);
  const isExecuted = ({ operationId }: Operation) =>
    process.env.API_PAGE === 'all' || executedByDefault.includes(operationId);
  const outcomes: { operationId: string; status: number; path: string }[] = [];
  for (const { operationId } of (await readOperations(app)).filter(isExecuted)) {
    const block = findBlock(tab, operationId);
    await toggle(tab, operationId);
    for (let count = 0; count < 2; count += 1) {
      await app.waitUntilSettled();
      for (const [name, value] of Object.entries(app.entered[operationId] ?? {})) {
        await block.getByPlaceholder(name, { exact: true }).fill(value);
      }
      outcomes.push({ operationId, ...(await execute(tab, operationId)) });
    }
    if (operationId === 'events.stream') {
      // The page shows the beginning of the stream, and how to follow it.
      expect(await block.locator('.live-responses-table').textContent()).toContain(
        'To follow the stream, run the curl',
      );
      expect(await block.locator('.curl-command').textContent()).toContain('curl --no-buffer');
    }
    await toggle(tab, operationId);
  }
  expect(outcomes.length).toBeGreaterThanOrEqual(2 * executedByDefault.length);
  expect(outcomes.filter(({ status }) => status >= 300)).toEqual([]);
  // The second approval was for another order: the first one did not allow it any more.
  const approved = outcomes.filter(({ operationId }) => operationId === 'orders.approve').map(({ path }) => path);
  expect(new Set(approved).size).toBe(2);
  expectCleanPage(tab);
});

test('the API page lists every operation, and asks for no token if none is needed', slow, async () => {
  await using app = await startTestApp();
  await using tab = await browser.open(`${app.url}/docs`);
  await tab.page.getByText('Create an order', { exact: true }).waitFor();
  const labels = await tab.page
    .getByRole('button')
    .evaluateAll((buttons) => buttons.map((button) => button.getAttribute('aria-label') ?? button.textContent));
  const listed = new Set(labels.map((label) => label.replaceAll('\u200b', '')));
  const operations = (await readOperations(app)).map(({ method, path }) => `${method} ${path}`);
  expect(operations.filter((operation) => !listed.has(operation))).toEqual([]);
  expect(operations).toContain('post /orders');
  expect(labels.filter((label) => /authori[sz]/i.test(label))).toEqual([]);
  expectCleanPage(tab);
});

test(
  'the API page fills in the latest order: the newest at first, then one that it created, also after a reload',
  slow,
  async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder());
    await using tab = await browser.open(`${app.url}/docs/#/Orders/orders.get`);
    const orderId = findBlock(tab, 'orders.get').getByPlaceholder('orderId', { exact: true });
    await waitUntil(
      () => orderId.inputValue(),
      (value) => value === '1',
    );
    await toggle(tab, 'orders.create');
    expect(await execute(tab, 'orders.create')).toMatchObject({ status: 201 });
    expect(await orderId.inputValue()).toBe('2');
    await tab.page.goto(`${app.url}/docs/#/Orders/orders.get`);
    await tab.page.reload();
    await orderId.waitFor();
    expect(await orderId.inputValue()).toBe('2');
    await orderId.fill('1');
    expect(await execute(tab, 'orders.get')).toEqual({ status: 200, path: '/orders/1' });
    expectCleanPage(tab);
  },
);

test('the API page sends the entered token only where one is needed, and discards it on reload', slow, async () => {
  await using app = await startAuthenticatedApp();
  await using tab = await browser.open(`${app.url}/docs/`);
  await tab.page.getByText('Get statistics', { exact: true }).click();
  const locks = tab.page.locator('.opblock .authorization__btn');
  const secured = (await readOperations(app)).filter(({ security }) => security.length > 0);
  expect(await locks.count()).toBe(secured.length);
  expect(await findBlock(tab, 'health.live').locator('.authorization__btn').count()).toBe(0);
  expect(await execute(tab, 'stats.get')).toMatchObject({ status: 401 });
  await tab.press('Authorize');
  await tab.page.getByLabel('auth-bearer-value').fill(await createToken());
  await tab.press('Apply credentials');
  await tab.press('Close');
  expect(await execute(tab, 'stats.get')).toMatchObject({ status: 200 });
  // The URL contains the operation, so it is still open after the reload.
  await tab.page.reload();
  expect(await execute(tab, 'stats.get')).toMatchObject({ status: 401 });
  expect(await tab.page.evaluate(() => localStorage.length)).toBe(0);
  expectCleanPage(tab, '401 (Unauthorized)', '401 (Unauthorized)');
});

test('the API page sends requests only to its own origin, even at an address other than localhost', slow, async () => {
  await using app = await startTestApp({ host: '127.0.0.2' });
  await using tab = await browser.open(`${app.url}/docs/`);
  await tab.page.getByText('Create an order', { exact: true }).waitFor();
  expectCleanPage(tab);
});

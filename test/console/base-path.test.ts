// The pages in a real browser at a path below the root of their host, behind proxies that remove the path or pass it
// on.

import { beforeAll, expect, test } from 'vitest';
import { expectCleanPage, setUpBrowser, type Tab } from '../kit/console/browser.ts';
import { teaOrderFields, waitForStatus } from '../kit/console/console.ts';
import { buildConsole } from '../kit/console/console-build.ts';
import { startPathProxy } from '../kit/path-proxy.ts';
import { startTestApp } from '../kit/service/app.ts';

const browser = setUpBrowser();
const path = '/orders-service';

/** Swagger UI takes seconds to render an operation on a busy machine. */
const slow = { timeout: 90_000 };

beforeAll(buildConsole);

async function createOrderInConsole(tab: Tab): Promise<void> {
  await tab.press('New order');
  await tab.fill(teaOrderFields);
  await tab.press('Create order');
  await waitForStatus(tab, 'CREATED');
}

test.each([
  { basePath: path, keepsPath: true, hidesHost: true, slash: '' },
  { basePath: path, keepsPath: false, hidesHost: false, slash: '' },
  { basePath: '', keepsPath: false, hidesHost: true, slash: '/' },
])('the console works at a path below the root: %o', async ({ basePath, slash, ...proxyOptions }) => {
  await using app = await startTestApp({ basePath });
  await using proxy = await startPathProxy(app.url, { path, ...proxyOptions });
  await using tab = await browser.open(proxy.url + slash);
  await createOrderInConsole(tab);
  expectCleanPage(tab);
});

test('the console links to the API page, and an operation is executed there', slow, async () => {
  await using app = await startTestApp({ basePath: path });
  await using proxy = await startPathProxy(app.url, { path, keepsPath: true });
  await using tab = await browser.open(proxy.url);
  await tab.page.getByRole('link', { name: 'API', exact: true }).click();
  await tab.page.getByText('Create an order', { exact: true }).click();
  await tab.press('Execute');
  const response = tab.page.getByRole('row').filter({ hasText: 'Request duration' });
  await response.getByText(`location: ${path}/orders/1`).waitFor();
  expect(await app.client.orders.get({ orderId: 1 })).toMatchObject({ status: 'CREATED' });
  expectCleanPage(tab);
});

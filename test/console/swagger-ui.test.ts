// The API page (Swagger UI) in a real browser: it lists all operations and sends real requests.

import { expect, test } from 'vitest';
import { newOrderExample } from '../../contract/schemas/order.ts';
import { expectCleanPage, setUpBrowser } from '../kit/console/browser.ts';
import { createToken } from '../kit/http/tokens.ts';
import { startAuthenticatedApp, startTestApp } from '../kit/service/app.ts';

const browser = setUpBrowser();

/** Swagger UI takes seconds to render an operation on a busy machine. */
const slow = { timeout: 90_000 };

test('the API page lists every operation of the OpenAPI document', slow, async () => {
  await using app = await startTestApp();
  const document: { paths: Record<string, object> } = await (await app.request('/openapi.json')).json();
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  await using tab = await browser.open(`${app.url}/docs`);
  await tab.page.getByText('Create an order', { exact: true }).waitFor();
  const labels = await tab.page
    .getByRole('main')
    .getByRole('button')
    .evaluateAll((buttons) => buttons.map((button) => button.getAttribute('aria-label') ?? ''));
  const listed = new Set(labels.map((label) => label.replaceAll('\u200b', '')));
  expect(operations.filter((operation) => !listed.has(operation))).toEqual([]);
  expect(operations).toContain('post /orders');
  expectCleanPage(tab);
});

test('the example on the API page creates an order if it is executed unchanged', slow, async () => {
  await using app = await startTestApp();
  await using tab = await browser.open(`${app.url}/docs`);
  await tab.page.getByText('Create an order', { exact: true }).click();
  await tab.press('Execute');
  const response = tab.page.getByRole('row').filter({ hasText: 'Request duration' });
  await response.getByRole('cell', { name: '201', exact: true }).waitFor();
  await response.getByText('location: /orders/1').waitFor();
  expect(await app.client.orders.get({ orderId: 1 })).toMatchObject({ ...newOrderExample, status: 'CREATED' });
  expectCleanPage(tab);
});

test('the API page sends the entered token, and discards it on reload', slow, async () => {
  await using app = await startAuthenticatedApp();
  await using tab = await browser.open(`${app.url}/docs/`);
  const executeRequest = async () => {
    const [response] = await Promise.all([tab.page.waitForResponse(`${app.url}/stats`), tab.press('Execute')]);
    return response.status();
  };
  await tab.page.getByText('Get statistics', { exact: true }).click();
  expect(await executeRequest()).toBe(401);
  await tab.page.getByRole('button', { name: 'Authorize' }).click();
  await tab.page.getByLabel('auth-bearer-value').fill(await createToken());
  await tab.press('Apply credentials');
  await tab.press('Close');
  expect(await executeRequest()).toBe(200);
  // The URL contains the operation, so it is still open after the reload.
  await tab.page.reload();
  expect(await executeRequest()).toBe(401);
  expect(await tab.page.evaluate(() => localStorage.length)).toBe(0);
  expectCleanPage(tab, '401 (Unauthorized)', '401 (Unauthorized)');
});

test('the API page sends requests only to its own origin, even at an address other than localhost', slow, async () => {
  await using app = await startTestApp({ host: '127.0.0.2' });
  await using tab = await browser.open(`${app.url}/docs/`);
  await tab.page.getByText('Create an order', { exact: true }).waitFor();
  expectCleanPage(tab);
});

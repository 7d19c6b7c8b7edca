// The page of the API, in a real browser: it shows what there is, and what is tried out there is really done.

import { expect, test } from 'vitest';
import { newOrderExample } from '../../contract/order.ts';
import { startAuthenticatedApp, startTestApp } from '../kit/app.ts';
import { browserOfFile, expectPeace } from '../kit/browser.ts';
import { createToken } from '../kit/tokens.ts';

const browser = browserOfFile();

test('shows every operation of the document', async () => {
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
  const shown = new Set(labels.map((label) => label.replaceAll('\u200b', '')));
  expect(operations.filter((operation) => !shown.has(operation))).toEqual([]);
  expect(operations).toContain('post /orders');
  expectPeace(tab);
});

test('creates an order when the example is tried out as it stands', async () => {
  await using app = await startTestApp();
  await using tab = await browser.open(`${app.url}/docs`);
  await tab.page.getByText('Create an order', { exact: true }).click();
  await tab.press('Execute');
  const answer = tab.page.getByRole('row').filter({ hasText: 'Request duration' });
  await answer.getByRole('cell', { name: '201', exact: true }).waitFor();
  await answer.getByText('location: /orders/1').waitFor();
  expect(await app.client.orders.get({ orderId: 1 })).toMatchObject({ ...newOrderExample, status: 'CREATED' });
  expectPeace(tab);
});

test('sends the token that was given to it, and forgets it with the page', async () => {
  await using app = await startAuthenticatedApp();
  await using tab = await browser.open(`${app.url}/docs/`);
  const statusOfTry = async () => {
    const answered = tab.page.waitForResponse(`${app.url}/stats`);
    await tab.press('Execute');
    return (await answered).status();
  };
  await tab.page.getByText('Get statistics', { exact: true }).click();
  expect(await statusOfTry()).toBe(401);
  await tab.page.getByRole('button', { name: 'Authorize' }).click();
  await tab.page.getByLabel('auth-bearer-value').fill(await createToken());
  await tab.press('Apply credentials');
  await tab.press('Close');
  expect(await statusOfTry()).toBe(200);
  // The address says which operation is open.
  await tab.page.reload();
  expect(await statusOfTry()).toBe(401);
  expect(await tab.page.evaluate(() => localStorage.length)).toBe(0);
  expectPeace(tab, '401 (Unauthorized)', '401 (Unauthorized)');
});

test('asks nobody else, also where it is not open under the names of this machine', async () => {
  await using app = await startTestApp({ host: '127.0.0.2' });
  await using tab = await browser.open(`${app.url}/docs/`);
  await tab.page.getByText('Create an order', { exact: true }).waitFor();
  expectPeace(tab);
});

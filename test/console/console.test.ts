// The console, built for production, in a real browser. Elements are located by accessible role and name. Except after
// a lost connection, each test ends with a check that the page logged no errors and sent no requests to other origins.

import { beforeAll, describe, expect, test } from 'vitest';
import { expectCleanPage, setUpBrowser } from '../kit/console/browser.ts';
import { expectNoHorizontalScroll, phoneViewport, teaOrderFields, waitForStatus } from '../kit/console/console.ts';
import { buildConsole } from '../kit/console/console-build.ts';
import { createTemporaryDatabase } from '../kit/database/database.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { startTestApp } from '../kit/service/app.ts';

const browser = setUpBrowser();

beforeAll(buildConsole);

describe('an order in the console', () => {
  test('an order is created, validated and approved in the console, and is still approved after a restart', async () => {
    await using database = await createTemporaryDatabase();
    const databaseUrl = database.url;
    {
      await using app = await startTestApp({ databaseUrl });
      await using tab = await browser.open(app.url);
      await tab.press('New order');
      await tab.fill(teaOrderFields);
      await tab.press('Create order');
      await waitForStatus(tab, 'CREATED');
      await tab.press('Validate');
      await waitForStatus(tab, 'VALIDATED');
      await tab.press('Approve');
      await tab.fill({ Note: 'Within the budget' });
      await tab.press('Approve order');
      await waitForStatus(tab, 'APPROVED');
      const entry = tab.page
        .getByRole('region', { name: 'History' })
        .getByRole('listitem')
        .filter({ hasText: 'anonymous approved the order' });
      await entry.getByText('Within the budget').waitFor();
      expectCleanPage(tab);
    }
    await using app = await startTestApp({ databaseUrl });
    await using tab = await browser.open(`${app.url}/#/orders/1`);
    await waitForStatus(tab, 'APPROVED');
    await tab.page.getByRole('row', { name: /^Order 1 – customer-17 €12\.50 APPROVED/ }).waitFor();
    expectCleanPage(tab);
  });

  test('an order that violates validation rules is rejected, and the console shows the finding of each rule', async () => {
    await using app = await startTestApp();
    await using tab = await browser.open(app.url);
    await tab.press('New order');
    await tab.press('Add line');
    await tab.fill({
      ...teaOrderFields,
      'Unit price, line 1': '0',
      'Product, line 2': 'tea',
      'Unit price, line 2': '0.05',
    });
    await tab.press('Create order');
    await tab.press('Validate');
    await waitForStatus(tab, 'REJECTED');
    const notice = tab.page.getByText('Rejected by the validation rules').locator('..');
    await notice.getByText('Every item must have a price.').waitFor();
    await notice.getByText('A product must not appear in more than one line.').waitFor();
    expect(await notice.getByText('refused it').count()).toBe(0);
    expectCleanPage(tab);
  });

  test('a button for an action that the order does not permit is disabled and shows the reason', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder());
    await using tab = await browser.open(`${app.url}/#/orders/1`);
    const { page } = tab;
    const description = "Cannot approve order in status 'CREATED'. Must be 'VALIDATED'";
    const approve = page.getByRole('button', { name: 'Approve', description, exact: true, disabled: true });
    const reason = page.getByRole('tooltip').and(page.getByText(description, { exact: true }));
    await approve.waitFor();
    await reason.waitFor({ state: 'hidden' });
    await approve.hover();
    await reason.waitFor();
    await approve.click({ force: true });
    await page.mouse.move(0, 0);
    await reason.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Validate', exact: true }).focus();
    await page.keyboard.press('Tab');
    await reason.waitFor();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Space');
    expect(await page.getByRole('dialog').count()).toBe(0);
    expectCleanPage(tab);
  });

  test('a change by another client is shown before the next poll', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder());
    await using tab = await browser.open('about:blank');
    const { page } = tab;
    await page.clock.install();
    const streamOpened = page.waitForResponse(/\/events\/stream/);
    await page.goto(`${app.url}/#/orders/1`);
    await streamOpened;
    await waitForStatus(tab, 'CREATED');
    await page.clock.pauseAt(await page.evaluate(() => Date.now() + 100));
    await app.client.orders.reject({ orderId: 1, reason: 'Out of stock' });
    const rejected = page.getByText('Out of stock').first();
    for (let elapsedMs = 0; elapsedMs < 3_000 && !(await rejected.isVisible()); elapsedMs += 10) {
      await page.clock.runFor(10);
    }
    expect(await rejected.isVisible()).toBe(true);
    expectCleanPage(tab);
  });

  test('an order that does not exist is requested only once', async () => {
    await using app = await startTestApp();
    await using tab = await browser.open(`${app.url}/problems`);
    const { page } = tab;
    await page.clock.install();
    await page.goto(app.url);
    await page.getByText('No orders yet').waitFor();
    await page.evaluate(() => window.location.assign('#/orders/999'));
    await page.getByRole('alert').getByText('Order 999 does not exist').waitFor();
    for (const poll of ['first', 'second', 'third']) {
      // A request without a response at the next poll would count as lost, and then everything is requested again.
      const responses = [page.waitForResponse(/\/orders\?/), page.waitForResponse(/\/stats/)];
      await page.clock.runFor(30_000);
      for (const response of await Promise.all(responses)) expect(response.status(), poll).toBe(200);
    }
    expectCleanPage(tab, '404 (Not Found)');
  });
});

test('the order list can be paged to its end and back, and filtered by status', async () => {
  await using app = await startTestApp();
  for (let count = 0; count < 45; count += 1) await app.client.orders.create(buildOrder());
  for (const orderId of [3, 40]) await app.client.orders.reject({ orderId });
  await using tab = await browser.open(app.url);
  const { page } = tab;
  const orderLinks = page.getByRole('table', { name: 'Orders, newest first' }).getByRole('link');
  const expectOrders = async (from: number, to: number) => {
    await page.getByRole('link', { name: `Order ${from}`, exact: true }).waitFor();
    await page.getByText(`${46 - from}–${46 - to} of 45`).waitFor();
    const ids = Array.from({ length: from - to + 1 }, (_, index) => String(from - index));
    expect(await orderLinks.allTextContents()).toEqual(ids);
  };
  await expectOrders(45, 26);
  const release = await tab.holdRequests(/cursor/);
  await tab.press('Next');
  await page.getByRole('button', { name: 'Next', disabled: true }).waitFor();
  await expectOrders(45, 26);
  release();
  await expectOrders(25, 6);
  await tab.press('Next');
  await expectOrders(5, 1);
  await page.getByRole('button', { name: 'Next', disabled: true }).waitFor();
  await tab.press('Previous');
  await expectOrders(25, 6);
  const filter = page.getByRole('link', { name: 'Rejected 2' });
  await filter.press('Enter');
  await page.getByText('1–2 of 2').waitFor();
  await filter.and(page.locator(':focus')).waitFor();
  expect(await orderLinks.allTextContents()).toEqual(['40', '3']);
  expectCleanPage(tab);
});

test('the console reports a lost connection, and updates the page when the service responds again', async () => {
  await using app = await startTestApp();
  await app.client.orders.create(buildOrder());
  await using tab = await browser.open(`${app.url}/#/orders/1`);
  await waitForStatus(tab, 'CREATED');
  await tab.page.context().setOffline(true);
  await tab.press('Validate');
  const banner = tab.page.getByText('No connection to the service.');
  await banner.waitFor();
  await tab.page.getByText('No response was received').waitFor();
  await app.client.orders.reject({ orderId: 1 });
  await tab.page.context().setOffline(false);
  await waitForStatus(tab, 'REJECTED');
  await banner.waitFor({ state: 'hidden' });
});

test('the console fits the screen of a phone with the longest texts and large amounts', async () => {
  await using app = await startTestApp();
  const long = 'W'.repeat(64);
  const texts = { customerId: long, reference: long, note: 'W'.repeat(2000), metadata: { [long.slice(24)]: long } };
  const items = [{ productId: long, quantity: 1000, unitPrice: 100_000_000_000 }];
  await app.client.orders.create(buildOrder({ ...texts, currency: 'IDR', items }));
  await using tab = await browser.open(app.url, phoneViewport);
  const row = tab.page.getByRole('link', { name: 'Order 1' });
  await row.waitFor();
  await expectNoHorizontalScroll(tab);
  await row.click();
  await tab.page.getByText('anonymous created the order').waitFor();
  await tab.page
    .getByRole('definition')
    .filter({ hasText: /^IDR\s1,000,000,000,000\.00$/ })
    .waitFor();
  await expectNoHorizontalScroll(tab);
  await tab.press('New order');
  await tab.press('Add line');
  await tab.page.getByLabel('Currency').selectOption('IDR');
  await tab.fill({ 'Product, line 1': long, 'Quantity, line 1': '1000', 'Unit price, line 1': '1000000000' });
  await expectNoHorizontalScroll(tab);
  expectCleanPage(tab);
});

test('the links that filter by status are in one line on a phone', async () => {
  await using app = await startTestApp();
  await using tab = await browser.open(app.url, phoneViewport);
  const links = tab.page.getByRole('navigation', { name: 'Filter by status' }).getByRole('link');
  await links.filter({ hasText: 'Rejected' }).filter({ hasText: '0' }).waitFor();
  const tops = await links.evaluateAll((all) => all.map((link) => link.getBoundingClientRect().top));
  expect(tops).toHaveLength(5);
  expect(new Set(tops).size).toBe(1);
  await expectNoHorizontalScroll(tab);
  expectCleanPage(tab);
});

test('the console follows the color scheme of the system', async () => {
  await using app = await startTestApp();
  await using tab = await browser.open(app.url);
  const readBackground = async (colorScheme: 'light' | 'dark') => {
    await tab.page.emulateMedia({ colorScheme });
    const color = await tab.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    return Number(/\d+/.exec(color));
  };
  expect(await readBackground('light')).toBeGreaterThan(220);
  expect(await readBackground('dark')).toBeLessThan(40);
  expectCleanPage(tab);
});

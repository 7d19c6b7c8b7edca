// The console as people use it: built as it is shipped, in a real browser, found by what is seen and heard of it.
// Unless the connection is what it is about, a story ends in peace: no error on the console, nobody else asked.

import { beforeAll, describe, expect, test } from 'vitest';
import { startTestApp } from '../kit/app.ts';
import { browserOfFile, expectPeace } from '../kit/browser.ts';
import { seeStatus, tea } from '../kit/console.ts';
import { buildConsole } from '../kit/console-build.ts';
import { createTemporaryDatabase } from '../kit/database.ts';
import { buildOrder } from '../kit/orders.ts';

const browser = browserOfFile();

beforeAll(buildConsole);

describe('an order on the page', () => {
  test('is created, validated and approved, and is still approved when the service comes back', async () => {
    await using database = await createTemporaryDatabase();
    const databaseUrl = database.url;
    {
      await using app = await startTestApp({ databaseUrl });
      await using tab = await browser.open(app.url);
      await tab.press('New order');
      await tab.fill(tea);
      await tab.press('Create order');
      await seeStatus(tab, 'CREATED');
      await tab.press('Validate');
      await seeStatus(tab, 'VALIDATED');
      await tab.press('Approve');
      await tab.fill({ Note: 'Within the budget' });
      await tab.press('Approve order');
      await seeStatus(tab, 'APPROVED');
      const entry = tab.page
        .getByRole('region', { name: 'History' })
        .getByRole('listitem')
        .filter({ hasText: 'anonymous approved the order' });
      await entry.getByText('Within the budget').waitFor();
      expectPeace(tab);
    }
    await using app = await startTestApp({ databaseUrl });
    await using tab = await browser.open(`${app.url}/#/orders/1`);
    await seeStatus(tab, 'APPROVED');
    await tab.page.getByRole('row', { name: /^Order 1 – customer-17 €12\.50 APPROVED/ }).waitFor();
    expectPeace(tab);
  });

  test('that the rules refuse is rejected, with what each of them found', async () => {
    await using app = await startTestApp();
    await using tab = await browser.open(app.url);
    await tab.press('New order');
    await tab.press('Add line');
    await tab.fill({ ...tea, 'Unit price, line 1': '0', 'Product, line 2': 'tea', 'Unit price, line 2': '0.05' });
    await tab.press('Create order');
    await tab.press('Validate');
    await seeStatus(tab, 'REJECTED');
    const why = tab.page.getByText('Rejected by the validation rules').locator('..');
    await why.getByText('Every item must have a price.').waitFor();
    await why.getByText('A product must not appear in more than one line.').waitFor();
    expect(await why.getByText('refused it').count()).toBe(0);
    expectPeace(tab);
  });

  test('shows an action that it does not allow as a button that does nothing, and says why', async () => {
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
    expectPeace(tab);
  });

  test('that somebody else changes is seen at once, and not only when the page asks again by itself', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder());
    await using tab = await browser.open('about:blank');
    const { page } = tab;
    await page.clock.install();
    const opened = page.waitForResponse(/\/events\/stream/);
    await page.goto(`${app.url}/#/orders/1`);
    await opened;
    await seeStatus(tab, 'CREATED');
    await page.clock.pauseAt(await page.evaluate(() => Date.now() + 100));
    await app.client.orders.reject({ orderId: 1, reason: 'Out of stock' });
    const rejected = page.getByText('Out of stock').first();
    for (let passedMs = 0; passedMs < 3_000 && !(await rejected.isVisible()); passedMs += 10) {
      await page.clock.runFor(10);
    }
    expect(await rejected.isVisible()).toBe(true);
    expectPeace(tab);
  });

  test('that does not exist is asked for once', async () => {
    await using app = await startTestApp();
    await using tab = await browser.open(`${app.url}/problems`);
    const { page } = tab;
    await page.clock.install();
    await page.goto(app.url);
    await page.getByText('No orders yet').waitFor();
    await page.evaluate(() => window.location.assign('#/orders/999'));
    await page.getByRole('alert').getByText('Order 999 does not exist').waitFor();
    for (const poll of ['first', 'second', 'third']) {
      const listed = page.waitForResponse(/\/orders\?/);
      await page.clock.runFor(30_000);
      expect((await listed).status(), poll).toBe(200);
    }
    expectPeace(tab, '404 (Not Found)');
  });
});

test('pages through the list to its end and back, and narrows it by status', async () => {
  await using app = await startTestApp();
  for (let count = 0; count < 45; count += 1) await app.client.orders.create(buildOrder());
  for (const orderId of [3, 40]) await app.client.orders.reject({ orderId });
  await using tab = await browser.open(app.url);
  const { page } = tab;
  const listed = page.getByRole('table', { name: 'Orders, newest first' }).getByRole('link');
  const expectOrders = async (from: number, to: number) => {
    await page.getByRole('link', { name: `Order ${from}`, exact: true }).waitFor();
    await page.getByText(`${46 - from}–${46 - to} of 45`).waitFor();
    const ids = Array.from({ length: from - to + 1 }, (_, index) => String(from - index));
    expect(await listed.allTextContents()).toEqual(ids);
  };
  await expectOrders(45, 26);
  const release = await tab.hold(/cursor/);
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
  expect(await listed.allTextContents()).toEqual(['40', '3']);
  expectPeace(tab);
});

test('says when no answer comes, and catches up by itself when one does', async () => {
  await using app = await startTestApp();
  await app.client.orders.create(buildOrder());
  await using tab = await browser.open(`${app.url}/#/orders/1`);
  await seeStatus(tab, 'CREATED');
  await tab.page.context().setOffline(true);
  await tab.press('Validate');
  const banner = tab.page.getByText('No connection to the service.');
  await banner.waitFor();
  await tab.page.getByText('No answer came').waitFor();
  await app.client.orders.reject({ orderId: 1 });
  await tab.page.context().setOffline(false);
  await seeStatus(tab, 'REJECTED');
  await banner.waitFor({ state: 'hidden' });
});

test('fits a phone, with the longest texts and large amounts', async () => {
  await using app = await startTestApp();
  const long = 'W'.repeat(64);
  const texts = { customerId: long, reference: long, note: 'W'.repeat(2000), metadata: { [long.slice(24)]: long } };
  const items = [{ productId: long, quantity: 1000, unitPrice: 100_000_000_000 }];
  await app.client.orders.create(buildOrder({ ...texts, currency: 'IDR', items }));
  await using tab = await browser.open(app.url, { width: 375, height: 740 });
  const expectFit = async () => {
    const boxes = tab.page.locator('html, dialog');
    const excesses = await boxes.evaluateAll((all) => all.map((box) => box.scrollWidth - box.clientWidth));
    expect(Math.max(...excesses)).toBe(0);
  };
  const row = tab.page.getByRole('link', { name: 'Order 1' });
  await row.waitFor();
  await expectFit();
  await row.click();
  await tab.page.getByText('anonymous created the order').waitFor();
  await tab.page
    .getByRole('definition')
    .filter({ hasText: /^IDR\s1,000,000,000,000\.00$/ })
    .waitFor();
  await expectFit();
  await tab.press('New order');
  await tab.press('Add line');
  await tab.page.getByLabel('Currency').selectOption('IDR');
  await tab.fill({ 'Product, line 1': long, 'Quantity, line 1': '1000', 'Unit price, line 1': '1000000000' });
  await expectFit();
  expectPeace(tab);
});

test('is dark where the machine is', async () => {
  await using app = await startTestApp();
  await using tab = await browser.open(app.url);
  const backgroundIn = async (colorScheme: 'light' | 'dark') => {
    await tab.page.emulateMedia({ colorScheme });
    const colour = await tab.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    return Number(/\d+/.exec(colour));
  };
  expect(await backgroundIn('light')).toBeGreaterThan(220);
  expect(await backgroundIn('dark')).toBeLessThan(40);
  expectPeace(tab);
});

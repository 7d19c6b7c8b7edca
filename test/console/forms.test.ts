// The forms of the console, in a real browser: the requests that they send, and the errors that they show.

import type { Route } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectCleanPage, setUpBrowser } from '../kit/console/browser.ts';
import { teaOrderFields, waitForStatus } from '../kit/console/console.ts';
import { buildConsole } from '../kit/console/console-build.ts';
import { buildOrder, createValidatedOrder } from '../kit/http/orders.ts';
import { catchProblem } from '../kit/http/problems.ts';
import { startTestApp } from '../kit/service/app.ts';

const browser = setUpBrowser();

beforeAll(buildConsole);

describe('a form of the console', () => {
  test('a command is sent once, even if its button is clicked several times', async () => {
    await using app = await startTestApp();
    await using tab = await browser.open(app.url);
    const commands: string[] = [];
    tab.page.on('request', (request) => {
      if (request.method() === 'POST') commands.push(new URL(request.url()).pathname);
    });
    const clickThreeTimes = (name: string) =>
      tab.page.getByRole('button', { name, exact: true }).evaluate(async (button: HTMLElement) => {
        button.click();
        button.click();
        await new Promise((resolve) => setTimeout(resolve, 5));
        button.click();
      });
    await tab.press('New order');
    await tab.fill(teaOrderFields);
    await clickThreeTimes('Create order');
    await waitForStatus(tab, 'CREATED');
    await clickThreeTimes('Validate');
    await waitForStatus(tab, 'VALIDATED');
    await tab.press('Approve');
    await clickThreeTimes('Approve order');
    await waitForStatus(tab, 'APPROVED');
    expect(commands).toEqual(['/orders', '/orders/1/validate', '/orders/1/approve']);
    expectCleanPage(tab);
  });

  test('an order can be edited, and its history shows the changed fields', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder({ note: 'Leave at the door' }));
    await using tab = await browser.open(`${app.url}/#/orders/1`);
    await tab.press('Edit');
    await tab.fill({ Note: 'Ring twice', 'Product, line 1': 'coffee', 'Quantity, line 1': '3' });
    await tab.press('Save changes');
    const entry = tab.page.getByRole('listitem').filter({ hasText: 'anonymous changed the items and note' });
    await entry.getByText('Note: Leave at the door → Ring twice').waitFor();
    await entry.getByText('Items: 2 × tea → 3 × coffee').waitFor();
    await tab.page
      .getByRole('definition')
      .and(tab.page.getByText('€37.50 EUR', { exact: true }))
      .waitFor();
    await tab.page
      .getByRole('region', { name: 'Items' })
      .getByRole('row', { name: 'coffee 3 €12.50 €37.50' })
      .waitFor();
    const items = [{ productId: 'coffee', quantity: 3, unitPrice: 1250 }];
    expect(await app.client.orders.get({ orderId: 1 })).toMatchObject({ note: 'Ring twice', items, version: 2 });
    expectCleanPage(tab);
  });

  test('an order can be rejected with a reason, which the console shows', async () => {
    await using app = await startTestApp();
    await createValidatedOrder(app.client);
    await using tab = await browser.open(`${app.url}/#/orders/1`);
    await tab.press('Reject');
    await tab.fill({ Reason: 'Out of stock' });
    await tab.press('Reject order');
    await waitForStatus(tab, 'REJECTED');
    const notice = tab.page.getByText('Rejected by anonymous').locator('..');
    await notice.getByText('Out of stock', { exact: true }).waitFor();
    expectCleanPage(tab);
  });

  test('a form that is submitted again after a lost response creates one order only', async () => {
    await using app = await startTestApp();
    await using tab = await browser.open(app.url);
    await tab.press('New order');
    await tab.fill(teaOrderFields);
    const loseResponse = async (route: Route) => {
      if (route.request().method() !== 'POST') return route.continue();
      await route.fetch();
      await route.abort('connectionreset');
    };
    await tab.page.route('**/orders', loseResponse);
    await tab.press('Create order');
    await tab.page.getByRole('dialog').getByRole('alert').waitFor();
    await tab.page.unroute('**/orders', loseResponse);
    await tab.press('Create order');
    await waitForStatus(tab, 'CREATED');
    expect((await app.client.orders.list()).data).toHaveLength(1);
  });

  test('an order that changed after the dialog opened is not rejected', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder());
    await using tab = await browser.open(`${app.url}/#/orders/1`);
    await tab.press('Reject');
    await app.client.orders.edit({ orderId: 1, note: 'Please wait' });
    await tab.press('Reject order');
    await tab.page.getByRole('alert').getByText('The order has changed').waitFor();
    expect(await app.client.orders.get({ orderId: 1 })).toMatchObject({ status: 'CREATED', note: 'Please wait' });
  });

  test('removing a line moves the keyboard focus to a neighbouring line', async () => {
    await using app = await startTestApp();
    await using tab = await browser.open(app.url);
    await tab.press('New order');
    await tab.press('Add line');
    await tab.press('Add line');
    await tab.fill({ 'Product, line 1': 'tea', 'Product, line 2': 'coffee', 'Product, line 3': 'cocoa' });
    const focused = tab.page.locator(':focus');
    await tab.press('Remove line 2');
    await tab.page.getByRole('textbox', { name: 'Product, line 2', exact: true }).and(focused).waitFor();
    expect(await focused.inputValue()).toBe('cocoa');
    await tab.press('Remove line 2');
    await tab.page.getByRole('textbox', { name: 'Product, line 1', exact: true }).and(focused).waitFor();
    expect(await focused.inputValue()).toBe('tea');
    expectCleanPage(tab);
  });
});

describe('an error of the service in a form of the console', () => {
  test('field errors are shown next to their fields until the user corrects them', async () => {
    await using app = await startTestApp();
    await using tab = await browser.open(app.url);
    await tab.press('New order');
    await tab.fill({ ...teaOrderFields, Customer: ' ', 'Quantity, line 1': '0', 'Unit price, line 1': '12.345' });
    await tab.press('Create order');
    const form = tab.page.getByRole('dialog');
    const errors = {
      Customer: 'must have at least 1 character',
      'Quantity, line 1': 'must be at least 1',
      'Unit price, line 1': 'must be an amount such as 12.00',
    };
    for (const [name, description] of Object.entries(errors)) {
      const field = form.getByRole('textbox', { name, description, exact: true });
      await field.locator('..').getByText(description, { exact: true }).waitFor();
    }
    const invalidFields = form.locator('[aria-invalid="true"]');
    expect(await invalidFields.count()).toBe(3);
    await form.getByLabel('Customer').and(form.locator(':focus')).waitFor();
    await tab.fill({ ...teaOrderFields, 'Quantity, line 1': '1' });
    expect(await invalidFields.count()).toBe(0);
    await tab.press('Create order');
    await waitForStatus(tab, 'CREATED');
    expectCleanPage(tab, '400 (Bad Request)');
  });

  test('an error of the items as a whole is shown below them until the user corrects them', async () => {
    await using app = await startTestApp();
    await using tab = await browser.open(app.url);
    await tab.press('New order');
    await tab.fill({ ...teaOrderFields, 'Quantity, line 1': '1000000', 'Unit price, line 1': '10000000000' });
    await tab.press('Create order');
    const description = 'the total must not exceed 9007199254740991 minor units';
    const items = tab.page.getByRole('group', { name: 'Items', description });
    await items.getByText(description, { exact: true }).waitFor();
    expect(await tab.page.getByText('/items').count()).toBe(0);
    await tab.fill({ 'Quantity, line 1': '1' });
    await items.waitFor({ state: 'detached' });
    expectCleanPage(tab, '400 (Bad Request)');
  });

  test('a duplicate reference is reported with a link to the order that has it', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder({ reference: 'PO-1' }));
    const { detail } = await catchProblem('conflict', app.client.orders.create(buildOrder({ reference: 'PO-1' })));
    await using tab = await browser.open(app.url);
    await tab.press('New order');
    await tab.fill({ ...teaOrderFields, Reference: 'PO-1' });
    await tab.press('Create order');
    const alert = tab.page.getByRole('dialog').getByRole('alert');
    await alert.getByText(detail, { exact: true }).waitFor();
    await alert.getByRole('link', { name: 'Open order 1' }).waitFor();
    expectCleanPage(tab, '409 (Conflict)');
  });
});

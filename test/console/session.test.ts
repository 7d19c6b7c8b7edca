// Sessions of the console, in a real browser: signing in, permissions of a token, and signing out.

import { beforeAll, describe, expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import { defaultClaimSettings } from '../../server/config/claim-settings.ts';
import { expectCleanPage, setUpBrowser, type Tab } from '../kit/console/browser.ts';
import { expectNoHorizontalScroll, phoneViewport, teaOrderFields, waitForStatus } from '../kit/console/console.ts';
import { buildConsole } from '../kit/console/console-build.ts';
import { buildOrder, createValidatedOrder } from '../kit/http/orders.ts';
import { createToken, secretAuthentication } from '../kit/http/tokens.ts';
import { type AuthenticatedApp, startAuthenticatedApp, startTestApp } from '../kit/service/app.ts';

const browser = setUpBrowser();

beforeAll(buildConsole);

/** Longer than the lifetime of a test token. */
const twoHoursMs = 2 * 3_600_000;

/** Chromium logs each 401 response. Their number varies, because requests run until the sign-in dialog opens. */
function expectNoErrorsExcept401(tab: Tab): void {
  expectCleanPage(tab, ...tab.errors.map(() => '401 (Unauthorized)'));
}

const locateSignInDialog = ({ page }: Tab) => page.getByRole('dialog', { name: 'Sign in to Orders' });

async function signInWith(tab: Tab, token: string): Promise<void> {
  await tab.fill({ Token: token });
  await tab.press('Sign in');
}

async function waitForMissingReadScope({ page }: Tab): Promise<void> {
  await page.getByRole('alert').getByText("This endpoint requires a token with the scope 'orders:read'.").waitFor();
}

/** Opens the console and waits for the sign-in dialog. The list and the statistics have been requested by then. */
async function openSignInDialog(app: AuthenticatedApp, path = '/'): Promise<Tab> {
  const tab = await browser.open(app.url + path);
  await locateSignInDialog(tab).waitFor();
  return tab;
}

describe('signing in to the console', () => {
  test('a user who signs in acts under the subject of the token, and stays signed in after a reload', async () => {
    await using app = await startAuthenticatedApp();
    await using tab = await openSignInDialog(app);
    expect(await tab.page.getByText('No orders yet').count()).toBe(0);
    await signInWith(tab, ` Bearer ${await createToken({ claims: { sub: 'änn@example.com' } })}\n`);
    await tab.page.getByText('Signed in as änn@example.com').waitFor();
    await tab.press('New order');
    await tab.fill(teaOrderFields);
    await tab.press('Create order');
    await tab.page.getByText('änn@example.com created the order').waitFor();
    await tab.press('Validate');
    await waitForStatus(tab, 'VALIDATED');
    await tab.page.reload();
    await waitForStatus(tab, 'VALIDATED');
    await locateSignInDialog(tab).waitFor({ state: 'hidden' });
    expect(await tab.page.evaluate(() => JSON.stringify(localStorage))).toBe('{}');
    expectNoErrorsExcept401(tab);
  });

  test('a late 401 response to an earlier token does not end the session', async () => {
    let nowMs = Date.now();
    await using app = await startAuthenticatedApp({ environment: { now: () => nowMs } });
    await app.clientAs('ann').orders.create(buildOrder());
    await using tab = await openSignInDialog(app, '/#/orders/1');
    await signInWith(tab, await createToken({ nowMs }));
    await waitForStatus(tab, 'CREATED');
    const release = Promise.withResolvers<void>();
    await tab.page.route('**/validate', async (route) => {
      nowMs += twoHoursMs;
      const response = await route.fetch();
      await release.promise;
      await route.fulfill({ response });
    });
    await tab.press('Validate');
    await locateSignInDialog(tab).waitFor();
    await signInWith(tab, await createToken({ nowMs }));
    await locateSignInDialog(tab).waitFor({ state: 'hidden' });
    const lateResponse = tab.page.waitForResponse(`${app.url}/orders/1/validate`);
    release.resolve();
    await lateResponse;
    await tab.page.waitForResponse((response) => response.url() === `${app.url}/stats` && response.status() === 200);
    expect(await locateSignInDialog(tab).isVisible()).toBe(false);
    expect(await tab.page.evaluate(() => sessionStorage.length)).toBe(1);
  });

  test('the Enter key submits the token', async () => {
    await using app = await startAuthenticatedApp();
    await using tab = await openSignInDialog(app);
    await tab.fill({ Token: await createToken() });
    await tab.page.keyboard.press('Enter');
    await tab.page.getByText('Signed in as ann').waitFor();
  });

  test('a rejected token shows the reason, and the user can try another one', async () => {
    await using app = await startAuthenticatedApp();
    await using tab = await openSignInDialog(app);
    await tab.press('Sign in');
    await tab.page.getByText('Paste a token first.').waitFor();
    await signInWith(tab, 'let-me-in');
    await tab.page.getByText('This is not a valid token.').waitFor();
    await signInWith(tab, await createToken({ claims: { exp: 1_000_000_000 } }));
    await tab.page.getByRole('textbox', { name: 'Token', description: 'The token has expired.' }).waitFor();
    await signInWith(tab, await createToken({ key: new TextEncoder().encode('y'.repeat(40)) }));
    await tab.page.getByText('The signature of the token is invalid.').waitFor();
    expect(await tab.page.evaluate(() => sessionStorage.length)).toBe(0);
    await signInWith(tab, await createToken());
    await tab.page.getByText('No orders yet').waitFor();
    expectNoErrorsExcept401(tab);
  });

  test('the sign-in dialog cannot be closed, and the page behind it cannot be reached', async () => {
    await using app = await startAuthenticatedApp();
    await using tab = await openSignInDialog(app);
    for (const key of ['Escape', 'Escape', 'Tab', 'Tab', 'Tab', 'Escape']) await tab.page.keyboard.press(key);
    expect(await locateSignInDialog(tab).isVisible()).toBe(true);
    expect(await tab.page.getByRole('button').count()).toBe(1);
    expectNoErrorsExcept401(tab);
  });
});

test('a console button whose scope the token does not have is disabled and shows the reason', async () => {
  await using app = await startAuthenticatedApp();
  await createValidatedOrder(app.clientAs('ben'));
  await using tab = await openSignInDialog(app, '/#/orders/1');
  await signInWith(tab, await createToken({ claims: { scope: 'orders:read' } }));
  await waitForStatus(tab, 'VALIDATED');
  const missingScopes = {
    Approve: 'orders:approve',
    Reject: 'orders:approve',
    Edit: 'orders:write',
    'New order': 'orders:write',
  };
  for (const [name, scope] of Object.entries(missingScopes)) {
    const description = `Your token does not have the scope ${scope}`;
    const button = tab.page.getByRole('button', { name, description, exact: true, disabled: true });
    await button.click({ force: true });
  }
  expect(await tab.page.getByRole('dialog').count()).toBe(0);
  expectNoErrorsExcept401(tab);
});

test('the console shows the scopes that the service reads from another claim, also after a reload', async () => {
  const claimSettings = { ...defaultClaimSettings, scopeClaims: ['scp'], scopePrefix: 'api://orders/' };
  await using app = await startAuthenticatedApp({ authentication: { ...secretAuthentication, claimSettings } });
  const scp = ['openid', 'api://orders/orders:read', 'api://orders/orders:write'];
  const token = await createToken({ claims: { scope: 'orders:approve', scp } });
  await createClient({ baseUrl: app.url, token, maxRetries: 0 }).orders.create(buildOrder());
  await using tab = await openSignInDialog(app, '/#/orders/1');
  await signInWith(tab, token);
  const description = 'Your token does not have the scope orders:approve';
  const expectScopes = async () => {
    await tab.page.getByRole('button', { name: 'Reject', description, disabled: true }).waitFor();
    await tab.page.getByRole('button', { name: 'New order', disabled: false }).waitFor();
    await tab.page.getByText('Signed in as ann').waitFor();
  };
  await expectScopes();
  await tab.page.reload();
  await expectScopes();
  expectNoErrorsExcept401(tab);
});

test('a token without the scope orders:read signs in, and the console reports the missing scope', async () => {
  await using app = await startAuthenticatedApp();
  await using tab = await openSignInDialog(app);
  await signInWith(tab, await createToken({ claims: { scope: 'orders:write' } }));
  await waitForMissingReadScope(tab);
  await tab.page.getByText('Signed in as ann').waitFor();
});

test('signing out of the console deletes the token and all cached data', async () => {
  await using app = await startAuthenticatedApp();
  await app.clientAs('ben').orders.create(buildOrder({ customerId: 'a-customer-of-ben' }));
  await using tab = await openSignInDialog(app);
  await signInWith(tab, await createToken({ claims: { sub: 'ben' } }));
  await tab.page.getByText('a-customer-of-ben').waitFor();
  await tab.press('Sign out');
  await locateSignInDialog(tab).waitFor();
  expect(await tab.page.getByText('a-customer-of-ben').count()).toBe(0);
  expect(await tab.page.evaluate(() => sessionStorage.length)).toBe(0);
  await signInWith(tab, await createToken({ claims: { scope: 'orders:write' } }));
  await waitForMissingReadScope(tab);
  expect(await tab.page.getByText('a-customer-of-ben').count()).toBe(0);
  await tab.press('Sign out');
  await tab.page.reload();
  await locateSignInDialog(tab).waitFor();
});

test('after a token expires, the console asks for another one and keeps unsaved input', async () => {
  let nowMs = Date.now();
  await using app = await startAuthenticatedApp({ environment: { now: () => nowMs } });
  await using tab = await openSignInDialog(app);
  await signInWith(tab, await createToken({ nowMs }));
  await tab.press('New order');
  await tab.fill(teaOrderFields);
  nowMs += twoHoursMs;
  await locateSignInDialog(tab).getByText('The token has expired.').waitFor();
  await tab.page.keyboard.press('Escape');
  await signInWith(tab, await createToken({ nowMs }));
  await locateSignInDialog(tab).waitFor({ state: 'hidden' });
  await tab.press('Create order');
  await waitForStatus(tab, 'CREATED');
});

test('another user who signs in after a token expired sees no data and no input of the previous user', async () => {
  let nowMs = Date.now();
  await using app = await startAuthenticatedApp({ environment: { now: () => nowMs } });
  await app.clientAs('ben').orders.create(buildOrder({ customerId: 'a-customer-of-ben' }));
  await using tab = await openSignInDialog(app);
  await signInWith(tab, await createToken({ nowMs, claims: { sub: 'ben' } }));
  await tab.page.getByText('a-customer-of-ben').waitFor();
  await tab.press('New order');
  await tab.fill(teaOrderFields);
  nowMs += twoHoursMs;
  await locateSignInDialog(tab).waitFor();
  await signInWith(tab, await createToken({ nowMs, claims: { sub: 'ann', scope: 'orders:write' } }));
  await waitForMissingReadScope(tab);
  expect(await tab.page.getByText('a-customer-of-ben').count()).toBe(0);
  expect(await tab.page.getByRole('dialog').count()).toBe(0);
});

test('the console of a service without authentication shows no sign-in elements', async () => {
  await using app = await startTestApp();
  await using tab = await browser.open(app.url);
  await tab.page.getByText('No orders yet').waitFor();
  expect(await locateSignInDialog(tab).count()).toBe(0);
  expect(await tab.page.getByText('Signed in').count()).toBe(0);
  expect(await tab.page.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
  expectCleanPage(tab);
});

test('the sign-in dialog and the longest user name fit the screen of a phone', async () => {
  await using app = await startAuthenticatedApp();
  await using tab = await browser.open(app.url, phoneViewport);
  await locateSignInDialog(tab).waitFor();
  await expectNoHorizontalScroll(tab);
  await signInWith(tab, await createToken({ claims: { sub: 'W'.repeat(255) } }));
  await tab.page.getByText('No orders yet').waitFor();
  await expectNoHorizontalScroll(tab);
  await tab.press('New order');
  expectNoErrorsExcept401(tab);
});

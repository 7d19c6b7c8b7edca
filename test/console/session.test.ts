// The console of a service that asks for tokens: signing in, what a token allows, and signing out.

import { beforeAll, describe, expect, test } from 'vitest';
import { type AuthenticatedApp, startAuthenticatedApp, startTestApp } from '../kit/app.ts';
import { browserOfFile, expectPeace, type Tab } from '../kit/browser.ts';
import { seeStatus, tea } from '../kit/console.ts';
import { buildConsole } from '../kit/console-build.ts';
import { buildOrder, createValidatedOrder } from '../kit/orders.ts';
import { createToken } from '../kit/tokens.ts';

const browser = browserOfFile();

beforeAll(buildConsole);

/** The browser tells every refusal; how many there are before the panel is up, nobody can say. */
function expectPeaceBesides401(tab: Tab): void {
  expectPeace(tab, ...tab.troubles.map(() => '401 (Unauthorized)'));
}

const signInPanel = ({ page }: Tab) => page.getByRole('dialog', { name: 'Sign in to Orders' });

async function signInWith(tab: Tab, token: string): Promise<void> {
  await tab.fill({ Token: token });
  await tab.press('Sign in');
}

async function seeThatReadingIsForbidden({ page }: Tab): Promise<void> {
  await page.getByRole('alert').getByText("This needs a token with the scope 'orders:read'.").waitFor();
}

/** Opens the page at the panel that asks for a token. The list and the counters have been asked for. */
async function openPanel(app: AuthenticatedApp, path = '/'): Promise<Tab> {
  const tab = await browser.open(app.url + path);
  await signInPanel(tab).waitFor();
  return tab;
}

describe('signing in', () => {
  test('leads to the orders, in the name of the owner of the token, and lasts for the tab', async () => {
    await using app = await startAuthenticatedApp();
    await using tab = await openPanel(app);
    expect(await tab.page.getByText('No orders yet').count()).toBe(0);
    await signInWith(tab, ` Bearer ${await createToken({ claims: { sub: 'änn@example.com' } })}\n`);
    await tab.page.getByText('Signed in as änn@example.com').waitFor();
    await tab.press('New order');
    await tab.fill(tea);
    await tab.press('Create order');
    await tab.page.getByText('änn@example.com created the order').waitFor();
    await tab.press('Validate');
    await seeStatus(tab, 'VALIDATED');
    await tab.page.reload();
    await seeStatus(tab, 'VALIDATED');
    await signInPanel(tab).waitFor({ state: 'hidden' });
    expect(await tab.page.evaluate(() => JSON.stringify(localStorage))).toBe('{}');
    expectPeaceBesides401(tab);
  });

  test('lasts, though a refusal of the former token comes late', async () => {
    let now = Date.now();
    await using app = await startAuthenticatedApp({ environment: { now: () => now } });
    await app.clientAs('ann').orders.create(buildOrder());
    await using tab = await openPanel(app, '/#/orders/1');
    await signInWith(tab, await createToken({ nowMs: now }));
    await seeStatus(tab, 'CREATED');
    const released = Promise.withResolvers<void>();
    await tab.page.route('**/validate', async (route) => {
      now += 2 * 3_600_000;
      const response = await route.fetch();
      await released.promise;
      await route.fulfill({ response });
    });
    await tab.press('Validate');
    await signInPanel(tab).waitFor();
    await signInWith(tab, await createToken({ nowMs: now }));
    await signInPanel(tab).waitFor({ state: 'hidden' });
    const late = tab.page.waitForResponse(`${app.url}/orders/1/validate`);
    released.resolve();
    await late;
    await tab.page.waitForResponse((response) => response.url() === `${app.url}/stats` && response.status() === 200);
    expect(await signInPanel(tab).isVisible()).toBe(false);
    expect(await tab.page.evaluate(() => sessionStorage.length)).toBe(1);
  });

  test('takes the Enter key for the button', async () => {
    await using app = await startAuthenticatedApp();
    await using tab = await openPanel(app);
    await tab.fill({ Token: await createToken() });
    await tab.page.keyboard.press('Enter');
    await tab.page.getByText('Signed in as ann').waitFor();
  });

  test('with a token that is not accepted says why, and can be tried again', async () => {
    await using app = await startAuthenticatedApp();
    await using tab = await openPanel(app);
    await tab.press('Sign in');
    await tab.page.getByText('Paste a token first.').waitFor();
    await signInWith(tab, 'let-me-in');
    await tab.page.getByText('This is not a token.').waitFor();
    await signInWith(tab, await createToken({ claims: { exp: 1_000_000_000 } }));
    await tab.page.getByRole('textbox', { name: 'Token', description: 'The token has expired.' }).waitFor();
    await signInWith(tab, await createToken({ key: new TextEncoder().encode('y'.repeat(40)) }));
    await tab.page.getByText('The signature of the token is invalid.').waitFor();
    expect(await tab.page.evaluate(() => sessionStorage.length)).toBe(0);
    await signInWith(tab, await createToken());
    await tab.page.getByText('No orders yet').waitFor();
    expectPeaceBesides401(tab);
  });

  test('cannot be passed by: the panel stays, and nothing beneath can be reached', async () => {
    await using app = await startAuthenticatedApp();
    await using tab = await openPanel(app);
    for (const key of ['Escape', 'Escape', 'Tab', 'Tab', 'Tab', 'Escape']) await tab.page.keyboard.press(key);
    expect(await signInPanel(tab).isVisible()).toBe(true);
    expect(await tab.page.getByRole('button').count()).toBe(1);
    expectPeaceBesides401(tab);
  });
});

test('what the token has no scope for is out of use, and says so', async () => {
  await using app = await startAuthenticatedApp();
  await createValidatedOrder(app.clientAs('ben'));
  await using tab = await openPanel(app, '/#/orders/1');
  await signInWith(tab, await createToken({ claims: { scope: 'orders:read' } }));
  await seeStatus(tab, 'VALIDATED');
  const lacking = {
    Approve: 'orders:approve',
    Reject: 'orders:approve',
    Edit: 'orders:write',
    'New order': 'orders:write',
  };
  for (const [name, scope] of Object.entries(lacking)) {
    const description = `Your token lacks the scope ${scope}`;
    const button = tab.page.getByRole('button', { name, description, exact: true, disabled: true });
    await button.click({ force: true });
  }
  expect(await tab.page.getByRole('dialog').count()).toBe(0);
  expectPeaceBesides401(tab);
});

test('a token without the scope to read signs in, and the page says what is missing', async () => {
  await using app = await startAuthenticatedApp();
  await using tab = await openPanel(app);
  await signInWith(tab, await createToken({ claims: { scope: 'orders:write' } }));
  await seeThatReadingIsForbidden(tab);
  await tab.page.getByText('Signed in as ann').waitFor();
});

test('signing out forgets the token and all that was read', async () => {
  await using app = await startAuthenticatedApp();
  await app.clientAs('ben').orders.create(buildOrder({ customerId: 'a-customer-of-ben' }));
  await using tab = await openPanel(app);
  await signInWith(tab, await createToken({ claims: { sub: 'ben' } }));
  await tab.page.getByText('a-customer-of-ben').waitFor();
  await tab.press('Sign out');
  await signInPanel(tab).waitFor();
  expect(await tab.page.getByText('a-customer-of-ben').count()).toBe(0);
  expect(await tab.page.evaluate(() => sessionStorage.length)).toBe(0);
  await signInWith(tab, await createToken({ claims: { scope: 'orders:write' } }));
  await seeThatReadingIsForbidden(tab);
  expect(await tab.page.getByText('a-customer-of-ben').count()).toBe(0);
  await tab.press('Sign out');
  await tab.page.reload();
  await signInPanel(tab).waitFor();
});

test('a token that expires is asked for anew, and what was written meanwhile is still there', async () => {
  let nowMs = Date.now();
  await using app = await startAuthenticatedApp({ environment: { now: () => nowMs } });
  await using tab = await openPanel(app);
  await signInWith(tab, await createToken({ nowMs }));
  await tab.press('New order');
  await tab.fill(tea);
  nowMs += 2 * 3_600_000;
  await signInPanel(tab).getByText('The token has expired.').waitFor();
  await tab.page.keyboard.press('Escape');
  await signInWith(tab, await createToken({ nowMs }));
  await signInPanel(tab).waitFor({ state: 'hidden' });
  await tab.press('Create order');
  await seeStatus(tab, 'CREATED');
});

test('another person who signs in where a token has expired finds nothing of what was read and written before', async () => {
  let nowMs = Date.now();
  await using app = await startAuthenticatedApp({ environment: { now: () => nowMs } });
  await app.clientAs('ben').orders.create(buildOrder({ customerId: 'a-customer-of-ben' }));
  await using tab = await openPanel(app);
  await signInWith(tab, await createToken({ nowMs, claims: { sub: 'ben' } }));
  await tab.page.getByText('a-customer-of-ben').waitFor();
  await tab.press('New order');
  await tab.fill(tea);
  nowMs += 2 * 3_600_000;
  await signInPanel(tab).waitFor();
  await signInWith(tab, await createToken({ nowMs, claims: { sub: 'ann', scope: 'orders:write' } }));
  await seeThatReadingIsForbidden(tab);
  expect(await tab.page.getByText('a-customer-of-ben').count()).toBe(0);
  expect(await tab.page.getByRole('dialog').count()).toBe(0);
});

test('where nobody is asked who they are, nothing of it is seen', async () => {
  await using app = await startTestApp();
  await using tab = await browser.open(app.url);
  await tab.page.getByText('No orders yet').waitFor();
  expect(await signInPanel(tab).count()).toBe(0);
  expect(await tab.page.getByText('Signed in').count()).toBe(0);
  expect(await tab.page.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
  expectPeace(tab);
});

test('fits a phone, with the longest name', async () => {
  await using app = await startAuthenticatedApp();
  await using tab = await browser.open(app.url, { width: 375, height: 740 });
  await signInPanel(tab).waitFor();
  const excess = () => tab.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(await excess()).toBe(0);
  await signInWith(tab, await createToken({ claims: { sub: 'W'.repeat(255) } }));
  await tab.page.getByText('No orders yet').waitFor();
  expect(await excess()).toBe(0);
  await tab.press('New order');
  expectPeaceBesides401(tab);
});

// Helpers for browser tests of the console.

import { expect } from 'vitest';
import type { OrderStatus } from '../../../client/index.ts';
import type { Tab } from './browser.ts';

/** Form values, by field label, of an order that passes every rule of the default policy. */
export const teaOrderFields = { Customer: 'customer-17', 'Product, line 1': 'tea', 'Unit price, line 1': '12.50' };

/** The viewport of a phone, in CSS pixels. */
export const phoneViewport = { width: 375, height: 740 };

/** Waits until the open order has the given status. */
export async function waitForStatus({ page }: Tab, status: OrderStatus): Promise<void> {
  const text = page.getByText(status, { exact: true });
  await page.getByRole('status', { name: 'Status' }).and(text).waitFor();
}

/** Expects that neither the page nor an open dialog scrolls horizontally. */
export async function expectNoHorizontalScroll({ page }: Tab): Promise<void> {
  const boxes = page.locator('html, dialog');
  const excesses = await boxes.evaluateAll((all) => all.map((box) => box.scrollWidth - box.clientWidth));
  expect(Math.max(...excesses)).toBe(0);
}

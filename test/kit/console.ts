// What the stories of the console have in common.

import type { OrderStatus } from '../../client/index.ts';
import type { Tab } from './browser.ts';

/** The fields of an order that every rule of the default policy lets pass, by their labels. */
export const tea = { Customer: 'customer-17', 'Product, line 1': 'tea', 'Unit price, line 1': '12.50' };

/** Waits until the open order has this status. */
export async function seeStatus({ page }: Tab, status: OrderStatus): Promise<void> {
  const text = page.getByText(status, { exact: true });
  await page.getByRole('status', { name: 'Status' }).and(text).waitFor();
}

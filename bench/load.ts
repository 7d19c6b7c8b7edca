// The load: 32 connections that ask for the same thing for some seconds.

import autocannon from 'autocannon';

export type Load = { perSecond: number; p50Ms: number; p99Ms: number };

const newOrderBody = JSON.stringify({
  customerId: 'customer-17',
  currency: 'EUR',
  items: [
    { productId: 'tea-green-250', quantity: 2, unitPrice: 1250 },
    { productId: 'cup-white', quantity: 4, unitPrice: 400 },
  ],
  note: 'Leave at the door',
});

/** What is measured, by the name of its column. */
const scenarios = {
  'GET one': { method: 'GET', path: '/orders/500' },
  'GET list of 20': { method: 'GET', path: '/orders?limit=20' },
  POST: { method: 'POST', path: '/orders', body: newOrderBody },
} as const;

export type Scenario = keyof typeof scenarios;
export const scenarioNames = Object.keys(scenarios) as Scenario[];

const connections = 32;

/** Puts a server under load; fails where an answer is not a success. */
export async function load(url: string, name: Scenario, seconds: number): Promise<Load> {
  const { path, ...request } = scenarios[name];
  const options = { connections, duration: seconds, headers: { 'content-type': 'application/json' } };
  const result = await autocannon({ url: url + path, ...request, ...options });
  if (result.errors + result.non2xx > 0) throw new Error(`${name}: ${result.errors} errors, ${result.non2xx} refusals`);
  return {
    perSecond: result['2xx'] / result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  };
}

/** Creates orders until there are so many. */
export async function fill(url: string, orders: number): Promise<void> {
  const options = { connections, amount: orders, headers: { 'content-type': 'application/json' } };
  await autocannon({ url: `${url}/orders`, method: 'POST', body: newOrderBody, ...options });
}

// Concurrent clients that lead orders through the workflow, and what the service showed them.

import { randomUUID } from 'node:crypto';
import { type Client, ConnectionError, createClient, type Order, ProblemError } from '../../../client/index.ts';
import type { Random } from '../chaos/random.ts';
import { contractFetch } from '../http/contract-fetch.ts';
import { buildOrder, failingItems, waitForValidation } from '../http/orders.ts';

/** A successful response. */
export type Observation = {
  /** The id that the response has in the recording. */
  requestId: string;
  method: string;
  pathname: string;
  idempotencyKey: string | null;
  status: number;
  text: string;
};

/** The responses that the clients have received so far, and the orders that every client may change. */
export class LoadLog {
  readonly observations: Observation[] = [];
  readonly sharedOrderIds: number[] = [];
  /** The number of acknowledged writes. */
  writes = 0;
  /** The number of responses with status 503. */
  failures = 0;

  add(observation: Observation): void {
    this.observations.push(observation);
    if (isWrite(observation)) this.writes += 1;
  }
}

/** Whether the request was a write. */
export function isWrite({ method }: Observation): boolean {
  return method !== 'GET';
}

/** Sends requests from concurrent clients until `stop` is aborted or the service ends. */
export async function runClients(
  url: string,
  log: LoadLog,
  random: Random,
  stop: AbortSignal,
  clients = 8,
): Promise<void> {
  const client = createClient({ baseUrl: url, fetch: createObservingFetch(log), maxRetries: 0 });
  const lead = async (own: Random) => {
    while (!stop.aborted) await ignoreRefusal(leadOrder(client, log, own));
  };
  try {
    await Promise.all(Array.from({ length: clients }, () => lead(random.fork())));
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
  }
}

function createObservingFetch(log: LoadLog): typeof fetch {
  return async (input, init) => {
    const response = await contractFetch(input, init);
    if (response.status === 503) log.failures += 1;
    if (!response.ok) return response;
    log.add({
      requestId: response.headers.get('x-request-id') ?? '',
      method: init?.method ?? 'GET',
      pathname: new URL(String(input)).pathname,
      idempotencyKey: new Headers(init?.headers).get('idempotency-key'),
      status: response.status,
      text: await response.clone().text(),
    });
    return response;
  };
}

/** Other clients change the same orders, and writes fail while the disk does. */
async function ignoreRefusal(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const isExpected = error instanceof ProblemError && (error.status < 500 || error.code === 'unavailable');
    if (!isExpected) throw error;
  }
}

async function leadOrder(client: Client, { sharedOrderIds }: LoadLog, random: Random): Promise<void> {
  const keyed = () => (random.chance(0.7) ? { idempotencyKey: randomUUID() } : {});
  const note = `${random.next()}`.repeat(1 + random.below(20));
  const order = buildOrder({ note, ...(random.chance(0.2) && { items: failingItems }) });
  const request = { ...order, validate: random.chance(0.3) };
  const { id: orderId, validation: started } = await client.orders.create(request, keyed());
  sharedOrderIds.push(orderId);
  for (let edits = started ? 0 : random.below(3); edits > 0; edits -= 1) await edit(client, orderId, random);
  if (random.chance(0.3)) await ignoreRefusal(edit(client, random.pick(sharedOrderIds.slice(-12)), random));
  if (!started && random.chance(0.1)) return;
  const validationId = started?.id ?? (await client.orders.validate({ orderId }, keyed())).validation.id;
  if (random.chance(0.15)) return void (await client.orders.reject({ orderId, reason: 'late' }, keyed()));
  const { state } = await waitForValidation(client, validationId);
  if (state !== 'passed') return;
  if (random.chance(0.7)) await client.orders.approve({ orderId }, keyed());
  else await client.orders.reject({ orderId, reason: 'unwanted' }, keyed());
}

function edit(client: Client, orderId: number, random: Random): Promise<Order> {
  return client.orders.edit({ orderId, metadata: { tag: `${random.next()}` } });
}

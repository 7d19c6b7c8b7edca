// Hostile callers, all at once, against the service as a process in a container of 1 GB: its memory stays small, and
// another caller is served as before. HOSTILE_SECONDS sets the duration of the attack.

import { expect, test } from 'vitest';
import { order } from '../../contract/schemas/order.ts';
import { createTemporaryDatabase } from '../kit/database/database.ts';
import { startAttack } from '../kit/hostile/attack.ts';
import { type Latencies, measureLatency, openCaller } from '../kit/hostile/latency.ts';
import { limitMemory, readMemory } from '../kit/hostile/memory-limit.ts';
import { buildLargeOrder, buildOrder } from '../kit/http/orders.ts';
import { createToken, toBearerHeader, tokenAudience, tokenIssuer, tokenSecret } from '../kit/http/tokens.ts';
import { startServiceProcess } from '../kit/service/process.ts';

const seconds = Number(process.env.HOSTILE_SECONDS ?? 4);
const containerBytes = 1_073_741_824;
const maxResidentMb = 400;

/**
 * Latencies below this floor count as undisturbed, in milliseconds. A page of 256 KiB and a garbage collection take 5
 * to 10 ms each. In the short form a percentile is a single request, most of which falls into the second in which all
 * connections are opened, on a machine that other tests share: it finds that requests of others wait for an attack.
 */
const floorMs = seconds >= 60 ? 25 : 8_000;

/** Creates enough large orders for several pages of 1 MiB. */
async function createLargeOrders(url: string, headers: Record<string, string>): Promise<void> {
  const body = JSON.stringify(buildLargeOrder());
  for (let count = 1; count <= 60; count += 1) {
    const init = { method: 'POST', body, headers: { ...headers, 'content-type': 'application/json' } };
    const response = await fetch(`${url}/orders`, init);
    expect(response.status).toBe(201);
    await response.body?.cancel();
  }
}

async function createOrder(url: string, token: Record<string, string>): Promise<number> {
  const headers = { ...token, 'content-type': 'application/json' };
  const response = await fetch(`${url}/orders`, { method: 'POST', body: JSON.stringify(buildOrder()), headers });
  return order.parse(await response.json()).id;
}

async function createHeaders(sub: string): Promise<Record<string, string>> {
  return toBearerHeader(await createToken({ claims: { sub } }));
}

// The attack uses several loopback addresses, and memory is read from /proc.
test.skipIf(process.platform !== 'linux')(
  `hostile callers take neither memory nor time of others for ${seconds} seconds`,
  {
    timeout: 120_000 + seconds * 3_000,
  },
  async () => {
    await using database = await createTemporaryDatabase();
    await using service = await startServiceProcess({
      ...{ DATABASE_URL: database.url, JWT_SECRET: tokenSecret, RATE_LIMIT: 'on' },
      ...{ JWT_ISSUER: tokenIssuer, JWT_AUDIENCE: tokenAudience, LOG_LEVEL: 'info' },
    });
    await using limit = await limitMemory(service.pid, containerBytes);
    const [writer, headers] = await Promise.all([createHeaders('writer'), createHeaders('caller')]);
    await createLargeOrders(service.url, writer);
    const orderId = await createOrder(service.url, headers);
    using caller = await openCaller(service.url, headers);
    const measure = (durationMs: number): Promise<Latencies> =>
      measureLatency({ ...caller, orderId, durationMs, requestsPerSecond: 50 });
    await measure(1_000);
    const idle = await measure(seconds * 500);
    await using attack = await startAttack(service.url);
    const attacked = await measure(seconds * 1_000);
    const memory = await readMemory(service.pid);
    const report = await attack.report();
    console.info(JSON.stringify({ idle, attacked, memory, report, isLimitEnforced: limit.isEnforced }));
    expect(memory.peakMb).toBeLessThan(maxResidentMb);
    expect(Object.keys(attacked.statuses).sort()).toEqual(['200', '201']);
    expect(attacked.p99Ms).toBeLessThan(Math.max(2 * idle.p99Ms, floorMs));
  },
);

// The servers on SQLite that the benchmark compares the service with. They use the schema of the service.

import { expect, test } from 'vitest';
import { runLives } from '../../bench/load/lives.ts';
import { runLoad } from '../../bench/load/load.ts';
import { createOrder, listOrders } from '../../bench/load/requests.ts';
import { startSqliteBare } from '../../bench/servers/sqlite-peers.ts';

test.each(['single', 'grouped'] as const)(
  'the bare server of the benchmark with %s commits takes orders from their creation to their approval',
  async (mode) => {
    await using server = await startSqliteBare(mode);
    const { perSecond, readsPerLife } = await runLives(server, { clients: 4, lives: 12 });
    expect(perSecond).toBeGreaterThan(0);
    expect(readsPerLife).toBeGreaterThanOrEqual(1);
    const approved = await fetch(`${server.url}/orders/12`).then((response) => response.json());
    expect(approved).toMatchObject({ id: 12, status: 'APPROVED', version: 4, validation: { state: 'passed' } });
    expect(await runLoad(server, [createOrder, listOrders], { requests: 10 }, 2)).toMatchObject({ databaseCpuUs: 0 });
  },
);

// How much memory the service takes over very many requests: it must not grow with them.

import { type Candidate, startService } from './candidate.ts';
import { load, usualConnections } from './load.ts';
import type { Options } from './options.ts';
import { number, type Section, table } from './report.ts';
import { createOrder, listOrders, readableOrders, readOrders } from './requests.ts';

const quarters = 4;

/** Six reads of an order, two of a list, two new orders. */
const mixture = readOrders.map((read, index) => [read, read, listOrders, read, createOrder][index % 5] ?? read);

export async function measureMemory({ requests }: Options): Promise<Section> {
  await using service = await startService('quiet');
  const rows = [await rowOf(service, 'the start')];
  await load(service, createOrder, { requests: readableOrders });
  for (let quarter = 1; quarter <= quarters; quarter += 1) {
    await load(service, mixture, { requests: Math.ceil(requests / quarters) });
    rows.push(await rowOf(service, number((requests * quarter) / quarters)));
    process.stderr.write(`memory: ${quarter} of ${quarters} quarters\n`);
  }
  const text = [
    `Memory of the process over ${number(requests)} requests over ${usualConnections} connections: 60 % read an order, 20 % list 20,`,
    `20 % create one. ${number(readableOrders)} orders are there before.`,
  ];
  const columns = ['after', 'resident MB', 'peak MB', 'target MB'];
  return { title: 'Memory', text: [...text, '', table(columns, rows)].join('\n') };
}

async function rowOf(service: Candidate, moment: string): Promise<string[]> {
  const { residentMb, peakMb } = await service.memory();
  return [moment, number(residentMb), number(peakMb), '< 200'];
}

// Memory of the service over many requests. It must not grow with their number.

import { defaultConnections, runLoad } from '../load/load.ts';
import { createOrder, listOrders, readOrders, seededOrderCount } from '../load/requests.ts';
import type { Options } from '../options.ts';
import { formatNumber, formatTable, type ReportSection } from '../report.ts';
import { type ServerUnderTest, startSqliteService } from '../servers/server-under-test.ts';

const quarters = 4;

// Of ten requests, six read an order, two read a list, and two create an order.
const mixedRequests = readOrders.map((read, index) => [read, read, listOrders, read, createOrder][index % 5] ?? read);

/** Measures the memory after the start and after each quarter of the requests. */
export async function measureMemory({ requests }: Options): Promise<ReportSection> {
  await using service = await startSqliteService('quiet');
  const rows = [await measureRow(service, 'the start')];
  await runLoad(service, createOrder, { requests: seededOrderCount });
  for (let quarter = 1; quarter <= quarters; quarter += 1) {
    await runLoad(service, mixedRequests, { requests: Math.ceil(requests / quarters) });
    rows.push(await measureRow(service, formatNumber((requests * quarter) / quarters)));
    process.stderr.write(`memory: ${quarter} of ${quarters} quarters\n`);
  }
  const text = [
    `Memory of the process during ${formatNumber(requests)} requests over ${defaultConnections} connections: 60 % read an order, 20 % list 20,`,
    `and 20 % create one. The database contains ${formatNumber(seededOrderCount)} orders at the start.`,
  ];
  const columns = ['after', 'resident MB', 'peak MB', 'target MB'];
  return { title: 'Memory', text: [...text, '', formatTable(columns, rows)].join('\n') };
}

async function measureRow(service: ServerUnderTest, label: string): Promise<string[]> {
  const { residentMb, peakMb } = await service.memory();
  return [label, formatNumber(residentMb), formatNumber(peakMb), '< 200'];
}

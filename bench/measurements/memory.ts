// Memory of the service over many lives and many requests. It must not grow with their number.

import { runLives } from '../load/lives.ts';
import { defaultConnections, runLoad } from '../load/load.ts';
import { createOrder, listOrders, readOrders, seededOrderCount } from '../load/requests.ts';
import type { Options } from '../options.ts';
import { formatNumber, formatTable } from '../report/format.ts';
import { checkBelow, type PartReport, type TargetResult } from '../report/part-report.ts';
import { startSqliteService } from '../servers/service.ts';
import { computeSlope } from '../statistics.ts';

const clients = 64;
/** The memory is read after each of so many equal portions of the lives. */
const samples = 40;
const quarters = 4;
const maxMb = 230;
/** How much the fitted line may rise over the last half of the lives and still be level. */
const maxGrowthMb = 5;

// Of ten requests, six read an order, two read a list, and two create an order.
const mixedRequests = readOrders.map((read, index) => [read, read, listOrders, read, createOrder][index % 5] ?? read);

/** Measures the memory during lives, and on another service during requests. */
export async function measureMemory({ lives, requests }: Options): Promise<PartReport> {
  const { table: livesTable, targets } = await measureLives(lives);
  const text = [
    `Memory of the process during ${formatNumber(lives)} lives of ${clients} clients on SQLite. The growth over the last half is that of a`,
    `line fitted to ${samples / 2} samples.`,
    '',
    livesTable,
    '',
    `Memory during ${formatNumber(requests)} requests over ${defaultConnections} connections: 60 % read an order, 20 % list 20, and 20 % create`,
    `one. The database contains ${formatNumber(seededOrderCount)} orders at the start.`,
    '',
    await measureRequests(requests),
  ];
  return { title: 'Memory', text: text.join('\n'), targets };
}

type Sample = { lives: number; residentMb: number; peakMb: number; cpuUs: number };

async function measureLives(lives: number): Promise<{ table: string; targets: TargetResult[] }> {
  await using service = await startSqliteService('quiet');
  const measured: Sample[] = [{ lives: 0, cpuUs: Number.NaN, ...(await service.memory()) }];
  for (let sample = 1; sample <= samples; sample += 1) {
    const { cpuUs } = await runLives(service, { clients, lives: Math.ceil(lives / samples) });
    measured.push({ lives: (lives * sample) / samples, cpuUs, ...(await service.memory()) });
    if (sample % 10 === 0) process.stderr.write(`memory: ${sample} of ${samples} portions of the lives\n`);
  }
  const lastHalf = measured.slice(1 + samples / 2);
  const slope = computeSlope(lastHalf.map((sample) => [sample.lives, sample.residentMb]));
  const growthMb = (slope * lives) / 2;
  const highestMb = Math.max(...measured.map(({ residentMb }) => residentMb));
  const rows = measured
    .filter((_, index) => index % (samples / quarters) === 0)
    .map((sample) => [
      ...[formatNumber(sample.lives), formatNumber(sample.residentMb), formatNumber(sample.peakMb)],
      ...[formatNumber(sample.cpuUs), `< ${maxMb}`],
    ]);
  const growth = ['growth over the last half', formatNumber(growthMb, 1), '', '', `< ${maxGrowthMb}`];
  return {
    table: formatTable(['after lives', 'resident MB', 'peak MB', 'CPU µs/life', 'target MB'], [...rows, growth]),
    targets: [
      checkBelow(`memory after ${formatNumber(lives)} lives, highest`, maxMb, 'MB', highestMb),
      checkBelow('growth of memory over the last half of the lives', maxGrowthMb, 'MB', growthMb),
    ],
  };
}

async function measureRequests(requests: number): Promise<string> {
  await using service = await startSqliteService('quiet');
  const measureRow = async (label: string, cpuUs: number) => {
    const { residentMb, peakMb } = await service.memory();
    return [label, formatNumber(residentMb), formatNumber(peakMb), formatNumber(cpuUs), `< ${maxMb}`];
  };
  const rows = [await measureRow('0', Number.NaN)];
  await runLoad(service, createOrder, { requests: seededOrderCount });
  for (let quarter = 1; quarter <= quarters; quarter += 1) {
    const { cpuUs } = await runLoad(service, mixedRequests, { requests: Math.ceil(requests / quarters) });
    rows.push(await measureRow(formatNumber((requests * quarter) / quarters), cpuUs));
    process.stderr.write(`memory: ${quarter} of ${quarters} quarters of the requests\n`);
  }
  return formatTable(['after requests', 'resident MB', 'peak MB', 'CPU µs/request', 'target MB'], rows);
}

// Measures the service against the limit of the machine, in interleaved rounds: each round runs both, one after the
// other, and what counts is the median of the ratios. `npm run bench -- --rounds 7 --seconds 5`

import { parseArgs } from 'node:util';
import { type Contestant, startLimit, startService } from './contestant.ts';
import { fill, type Load, load, type Scenario, scenarioNames } from './load.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '4' } },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);

type Round = Record<Scenario, Load> & { startMs: number; memoryMb: number };

async function measure(startContestant: () => Promise<Contestant>): Promise<Round> {
  await using contestant = await startContestant();
  await fill(contestant.url, 1_000);
  const loads = [];
  for (const name of scenarioNames) {
    await load(contestant.url, name, 1);
    loads.push([name, await load(contestant.url, name, seconds)] as const);
  }
  const round = Object.fromEntries(loads) as Record<Scenario, Load>;
  return { ...round, startMs: contestant.startMs, memoryMb: await contestant.memoryMb() };
}

function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const results: { limit: Round; service: Round }[] = [];
for (let round = 1; round <= rounds; round += 1) {
  const limit = await measure(startLimit);
  const service = await measure(startService);
  results.push({ limit, service });
  process.stderr.write(`round ${round} of ${rounds}\n`);
}

const rows = scenarioNames.map((name) => ({
  '': name,
  'limit/s': Math.round(median(results.map(({ limit }) => limit[name].perSecond))),
  'service/s': Math.round(median(results.map(({ service }) => service[name].perSecond))),
  ratio: median(results.map(({ limit, service }) => service[name].perSecond / limit[name].perSecond)).toFixed(2),
  'p50 ms': median(results.map(({ service }) => service[name].p50Ms)),
  'p99 ms': median(results.map(({ service }) => service[name].p99Ms)),
}));
console.table(rows);
console.log(`start ${Math.round(median(results.map(({ service }) => service.startMs)))} ms`);
console.log(`memory ${Math.round(median(results.map(({ service }) => service.memoryMb)))} MB resident`);

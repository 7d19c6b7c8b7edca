// Benchmark entry point. Each measured part is stored in bench/results, and bench/RESULTS.md is written from all stored
// parts: `npm run bench -- --only lives,requests --rounds 7 --seconds 3`

import { writeFile } from 'node:fs/promises';
import { drawCharts } from './charts/charts.ts';
import { measureLives } from './measurements/lives.ts';
import { measureMemory } from './measurements/memory.ts';
import { measurePostgres } from './measurements/postgres.ts';
import { measureProfile } from './measurements/profile.ts';
import { measureRequests } from './measurements/requests.ts';
import { measureScale } from './measurements/scale.ts';
import { measureSlowDisk } from './measurements/slow-disk.ts';
import { measureStreams } from './measurements/streams.ts';
import { type Options, type PartName, partNames, readOptions } from './options.ts';
import type { PartReport } from './report/part-report.ts';
import { formatReport } from './report/report.ts';
import { describeRun, readResults, storeResult } from './report/results.ts';

const parts: Record<PartName, (options: Options) => Promise<PartReport>> = {
  lives: measureLives,
  requests: measureRequests,
  postgres: measurePostgres,
  profile: measureProfile,
  'slow-disk': measureSlowDisk,
  memory: measureMemory,
  streams: measureStreams,
  scale: measureScale,
};

// Child processes are killed in the `exit` event, which is not emitted if an unhandled signal ends the process.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

const argv = process.argv.slice(2);
const options = readOptions(argv, process.env);
// The folder of the earlier version is a path of this machine.
const words = argv
  .map((word) => word.replace(/^(--before=).*/, '$1…'))
  .map((word, index) => (argv[index - 1] === '--before' ? '…' : word));
const command = ['npm run bench', ...(words.length > 0 ? ['--', ...words] : [])].join(' ');
for (const part of options.parts) {
  const startedMs = performance.now();
  try {
    const report = await parts[part](options);
    await storeResult(part, { ...report, run: describeRun(command, new Date()) });
    process.stdout.write(`## ${report.title}\n\n${report.text}\n\n`);
  } catch (error) {
    // The other parts are measured and reported anyway.
    console.error(`${part} failed and keeps its earlier result:`, error);
    process.exitCode = 1;
  }
  process.stderr.write(`${part}: ${Math.round((performance.now() - startedMs) / 1000)} s\n`);
}
const results = await readResults(partNames);
const charts = await drawCharts(results.flatMap((result) => result.charts ?? []));
await writeFile(new URL('RESULTS.md', import.meta.url), formatReport(results, charts));

// Benchmark entry point: measures throughput, order lifecycles, live streams, large databases, memory, and PostgreSQL.
// A run of all parts writes bench/RESULTS.md: `npm run bench -- --rounds 7 --seconds 3`

import { writeFile } from 'node:fs/promises';
import { measureLifecycle } from './measurements/lifecycle.ts';
import { measureMemory } from './measurements/memory.ts';
import { measurePostgres } from './measurements/postgres.ts';
import { measureRatios } from './measurements/ratios.ts';
import { measureScale } from './measurements/scale.ts';
import { measureStreams } from './measurements/streams.ts';
import { type Options, type PartName, partNames, readOptions } from './options.ts';
import { formatReport, type ReportSection } from './report.ts';

const parts: Record<PartName, (options: Options) => Promise<ReportSection>> = {
  ratios: measureRatios,
  life: measureLifecycle,
  streams: measureStreams,
  scale: measureScale,
  memory: measureMemory,
  postgres: measurePostgres,
};

// Child processes are killed in the `exit` event, which is not emitted if an unhandled signal ends the process.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

const argv = process.argv.slice(2);
const options = readOptions(argv, process.env);
const sections: ReportSection[] = [];
for (const part of options.parts) sections.push(await parts[part](options));
const results = formatReport(sections, ['npm run bench', ...(argv.length > 0 ? ['--', ...argv] : [])].join(' '));
process.stdout.write(results);
if (options.parts.length === partNames.length) await writeFile(new URL('RESULTS.md', import.meta.url), results);

// Measures the service against the limit of the machine, over whole lives of orders, with many readers of what happens,
// with very many orders, and over very many requests. A run of everything writes bench/RESULTS.md:
// `npm run bench -- --rounds 7 --seconds 3`

import { writeFile } from 'node:fs/promises';
import { measureLife } from './life.ts';
import { measureMemory } from './memory.ts';
import { type Options, type PartName, partNames, readOptions } from './options.ts';
import { measurePostgres } from './postgres.ts';
import { measureRatios } from './ratios.ts';
import { report, type Section } from './report.ts';
import { measureScale } from './scale.ts';
import { measureStreams } from './streams.ts';

const parts: Record<PartName, (options: Options) => Promise<Section>> = {
  ratios: measureRatios,
  life: measureLife,
  streams: measureStreams,
  scale: measureScale,
  memory: measureMemory,
  postgres: measurePostgres,
};

// Whoever is measured ends with this process, but only if it exits by itself.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

const argv = process.argv.slice(2);
const options = readOptions(argv, process.env);
const sections: Section[] = [];
for (const part of options.parts) sections.push(await parts[part](options));
const results = report(sections, ['npm run bench', ...(argv.length > 0 ? ['--', ...argv] : [])].join(' '));
process.stdout.write(results);
if (options.parts.length === partNames.length) await writeFile(new URL('RESULTS.md', import.meta.url), results);

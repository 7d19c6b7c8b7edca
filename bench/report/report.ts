// The whole report: charts, targets, and the text of each part.

import { formatTable } from './format.ts';
import type { Run, StoredResult } from './results.ts';

const introduction = `\
\`npm run bench\` starts the service as \`npm start\` does and compares it with other servers on the same machine. Rounds of
the compared servers are interleaved. Every figure is the median of the rounds; brackets contain the lowest and the
highest ratio of a round, and a wide range means that the median is unreliable. CPU times are those of all threads of the
serving process in user and system mode. The load generator writes requests to plain sockets; its CPU time per operation
is reported beside that of the server.`;

/** A chart of the report: a file in \`bench/results/\` and its description. */
export type ChartImage = { file: string; description: string };

/** Formats the report as Markdown. */
export function formatReport(results: readonly StoredResult[], charts: readonly ChartImage[]): string {
  const images = charts.map(({ file, description }) => `![${description}](results/${file})`);
  const targets = results.flatMap((result) => result.targets ?? []);
  const rows = targets.map(({ name, target, value, isMet }) => [name, value, target, isMet ? 'met' : '**missed**']);
  const sections = results.flatMap(({ title, text, run }) => [`## ${title}`, text, formatRun(run)]);
  const parts = ['# Benchmark', ...images, introduction, '## Targets'];
  return `${[...parts, formatTable(['', 'measured', 'target', ''], rows), ...sections].join('\n\n')}\n`;
}

function formatRun({ command, date, machine }: Run): string {
  return `<sub>${date}, ${machine}, <code>${command}</code></sub>`;
}

// Formats the report as Markdown. The machine is described by its hardware and versions, without its host name.

import { cpus, release, totalmem, type } from 'node:os';
import { computeMedian } from './statistics.ts';

/** The report of a part: its title, and its text in Markdown. */
export type ReportSection = { title: string; text: string };

/** A Markdown table. The first column is aligned to the left, all others to the right. */
export function formatTable(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const alignments = columns.map((_, index) => (index === 0 ? '---' : '---:'));
  return [columns, alignments, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Formats a number with the given decimal digits and thousands separators; NaN as `–`. */
export function formatNumber(value: number, digits = 0): string {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return Number.isNaN(value) ? '–' : value.toLocaleString('en', options);
}

/** Formats the median of ratios and their range. A wide range means that the median is unreliable. */
export function formatRatio(ratios: readonly number[]): string {
  const [low, high] = [Math.min(...ratios), Math.max(...ratios)];
  return `**${formatNumber(computeMedian([...ratios]), 2)}** (${formatNumber(low, 2)}–${formatNumber(high, 2)})`;
}

/** Formats a share of one CPU as a percentage. */
export function formatPercent(share: number): string {
  return `${formatNumber(share * 100)} %`;
}

/** The whole report. */
export function formatReport(sections: readonly ReportSection[], command: string): string {
  const parts = sections.map(({ title, text }) => `## ${title}\n\n${text}`);
  return `${['# Benchmark', introduction, describeMachine(command), ...parts].join('\n\n')}\n`;
}

const introduction = `\
The service, as started by \`npm start\`, is compared with a baseline: a bare \`node:http\` server that runs prepared
statements on the same table with the same durability, without validation, logging or events (\`bench/servers/baseline.ts\`,
run by plain \`node\`). The baseline is simple code and not the fastest possible server: it parses the JSON of every row
to build a response, and writes each response separately. A server that does neither can be faster; a ratio above 1
means no more than that.

Rounds of the compared servers are interleaved. Every figure is the median of the rounds; brackets contain the lowest
and the highest ratio of a round. Targets are listed next to the figures.`;

function describeMachine(command: string): string {
  const [{ model = 'unknown' } = {}] = cpus();
  const facts = [
    `CPU: ${model.trim()}, ${cpus().length} cores`,
    `memory: ${formatNumber(totalmem() / 1024 ** 3, 1)} GiB`,
    `kernel: ${type()} ${release()}`,
    `Node: ${process.version}`,
    `date: ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    `command: \`${command}\``,
  ];
  return facts.map((fact) => `- ${fact}`).join('\n');
}

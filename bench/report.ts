// What is reported, as Markdown: tables, and the machine they were measured on, without its name.

import { cpus, release, totalmem, type } from 'node:os';
import { median } from './statistics.ts';

/** The report of a part: its title, and its text as Markdown. */
export type Section = { title: string; text: string };

/** A table: its first column is text, all others are numbers. */
export function table(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const rules = columns.map((_, index) => (index === 0 ? '---' : '---:'));
  return [columns, rules, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** A number with so many digits after the point, and its thousands apart. */
export function number(value: number, digits = 0): string {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return Number.isNaN(value) ? '–' : value.toLocaleString('en', options);
}

/** The median of ratios, and how far they lie apart: where that is far, the median says little. */
export function ratio(ratios: readonly number[]): string {
  const [low, high] = [Math.min(...ratios), Math.max(...ratios)];
  return `**${number(median([...ratios]), 2)}** (${number(low, 2)}–${number(high, 2)})`;
}

/** A share of one CPU. */
export function percent(share: number): string {
  return `${number(share * 100)} %`;
}

/** The whole report. */
export function report(sections: readonly Section[], command: string): string {
  const parts = sections.map(({ title, text }) => `## ${title}\n\n${text}`);
  return `${['# Benchmark', introduction, machine(command), ...parts].join('\n\n')}\n`;
}

const introduction = `\
How fast the service is, as \`npm start\` runs it, against a bare \`node:http\` server over prepared statements on
the same table, as durable, that checks nothing and tells nobody (\`bench/limit.ts\`, run by plain \`node\`): the
limit. It is written plainly, and is not the most that the machine can do: it parses the JSON of every row to
build its answer, and sends each answer by itself. A service that does neither can overtake it; a ratio above 1
says that, and no more.

The rounds of what is compared are interleaved, and every figure is the median of the rounds; in brackets are the lowest
and the highest ratio of a round. What is aimed at stands beside.`;

function machine(command: string): string {
  const [{ model = 'unknown' } = {}] = cpus();
  const facts = [
    `CPU: ${model.trim()}, ${cpus().length} cores`,
    `memory: ${number(totalmem() / 1024 ** 3, 1)} GiB`,
    `kernel: ${type()} ${release()}`,
    `Node: ${process.version}`,
    `date: ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    `command: \`${command}\``,
  ];
  return facts.map((fact) => `- ${fact}`).join('\n');
}

// Formats numbers and tables of the report as Markdown.

import { computeMedian } from '../statistics.ts';

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
  if (ratios.length === 0) return '–';
  const [low, high] = [Math.min(...ratios), Math.max(...ratios)];
  return `**${formatNumber(computeMedian([...ratios]), 2)}** (${formatNumber(low, 2)}–${formatNumber(high, 2)})`;
}

/** Formats a share of one CPU as a percentage. */
export function formatPercent(share: number): string {
  return `${formatNumber(share * 100)} %`;
}

// A chart of stacked horizontal bars with a legend.

import type { ChartStack } from '../report/part-report.ts';
import { chartWidth, contentTop, drawChart, drawRectangle, drawText, margin, plotLeft, plotWidth } from './svg.ts';

/** The content of a stacked chart. */
export type StackedChart = {
  title: string;
  subtitle: string;
  stacks: readonly ChartStack[];
  /** The color of each part, in the order in which they are drawn. */
  colors: Readonly<Record<string, string>>;
  /** Formats the sum of a bar. */
  format(sum: number): string;
};

const barHeight = 22;
const rowHeight = 34;
const legendColumns = 3;
const legendRowHeight = 22;
const swatch = 12;

/** Draws the chart as SVG. */
export function drawStackedChart({ title, subtitle, stacks, colors, format }: StackedChart): string {
  const scale = plotWidth / Math.max(...stacks.map(sumParts));
  const rows = stacks.flatMap((stack, index) => {
    const y = contentTop + 4 + index * rowHeight;
    const sum = sumParts(stack);
    return [
      drawText(margin, y + 16, stack.label),
      ...drawSegments(stack, y, scale, colors),
      drawText(plotLeft + sum * scale + 8, y + 16, format(sum)),
    ];
  });
  const legendTop = contentTop + stacks.length * rowHeight + 14;
  const names = Object.keys(colors);
  const legend = names.flatMap((name, index) => {
    const x = margin + (index % legendColumns) * ((chartWidth - 2 * margin) / legendColumns);
    const y = legendTop + Math.floor(index / legendColumns) * legendRowHeight;
    return [drawRectangle(x, y, swatch, swatch, colors[name] ?? ''), drawText(x + swatch + 8, y + 11, name, 'muted')];
  });
  const height = legendTop + Math.ceil(names.length / legendColumns) * legendRowHeight + margin / 2;
  return drawChart(title, subtitle, height, [...rows, ...legend]);
}

function sumParts({ parts }: ChartStack): number {
  return Object.values(parts).reduce((sum, value) => sum + value, 0);
}

function drawSegments({ parts }: ChartStack, y: number, scale: number, colors: Readonly<Record<string, string>>) {
  let x = plotLeft;
  return Object.entries(colors).map(([name, color]) => {
    const width = (parts[name] ?? 0) * scale;
    x += width;
    return drawRectangle(x - width, y, width, barHeight, color);
  });
}

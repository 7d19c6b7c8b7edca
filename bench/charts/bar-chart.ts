// A chart of horizontal bars in groups. A thin line over each bar reaches from the lowest to the highest round.

import type { ChartBar } from '../report/part-report.ts';
import { contentTop, drawChart, drawLine, drawRectangle, drawText, margin, plotLeft, plotWidth } from './svg.ts';

/** The content of a bar chart. */
export type BarChart = {
  title: string;
  subtitle: string;
  bars: readonly ChartBar[];
  /** Formats the value of a bar. */
  format(value: number): string;
  /** A value that is marked by a line across all bars. Groups then have one scale; otherwise each has its own. */
  reference?: { value: number; label: string };
};

const barHeight = 16;
const rowHeight = 26;
const groupHeight = 26;
const groupGap = 8;
const axisHeight = 26;

/** Draws the chart as SVG. */
export function drawBarChart({ title, subtitle, bars, format, reference }: BarChart): string {
  const groups = [...Map.groupBy(bars, ({ group }) => group)];
  const maxOf = (some: readonly ChartBar[]) => Math.max(...some.map(({ high }) => high), reference?.value ?? 0) * 1.04;
  let y = contentTop;
  const content: string[] = [];
  const values: string[] = [];
  for (const [group, members] of groups) {
    const scale = plotWidth / maxOf(reference ? bars : members);
    content.push(drawText(margin, y + 16, group, 'group'));
    y += groupHeight;
    for (const bar of members) {
      content.push(...drawBar(bar, y, scale));
      values.push(drawValue(bar, y, scale, format));
      y += rowHeight;
    }
    y += groupGap;
  }
  content.push(drawLine(plotLeft, contentTop, plotLeft, y, 'grid'));
  if (reference) {
    const x = plotLeft + (reference.value * plotWidth) / maxOf(bars);
    content.push(drawLine(x, contentTop, x, y, 'reference'), drawText(x, y + 14, reference.label, 'muted', 'middle'));
    y += axisHeight;
  }
  // Values have an outline in the color of the background, which interrupts the reference line.
  return drawChart(title, subtitle, y + margin / 2, [...content, ...values]);
}

function drawBar({ label, value, low, high, isService }: ChartBar, y: number, scale: number): string[] {
  const middle = y + barHeight / 2;
  const [lowX, highX] = [plotLeft + low * scale, plotLeft + high * scale];
  return [
    drawText(margin, y + 13, label),
    drawRectangle(plotLeft, y, value * scale, barHeight, isService ? 'service' : 'peer'),
    drawLine(lowX, middle, highX, middle, 'range'),
    drawLine(lowX, middle - 4, lowX, middle + 4, 'range'),
    drawLine(highX, middle - 4, highX, middle + 4, 'range'),
  ];
}

function drawValue({ value, high }: ChartBar, y: number, scale: number, format: BarChart['format']): string {
  return drawText(plotLeft + Math.max(high, value) * scale + 8, y + 13, format(value), 'value');
}

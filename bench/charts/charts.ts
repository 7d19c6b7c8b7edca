// The charts of the report.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LifePart } from '../profile/attribution.ts';
import { formatNumber } from '../report/format.ts';
import type { ChartData } from '../report/part-report.ts';
import type { ChartImage } from '../report/report.ts';
import { drawBarChart } from './bar-chart.ts';
import { drawStackedChart } from './stacked-chart.ts';

const folder = join(import.meta.dirname, '../results');

/** The colors of the parts of a life's CPU time, in the order of the chart. */
const partColors: Record<LifePart, string> = {
  'HTTP and contract': '#3b82f6',
  commands: '#8b5cf6',
  MikroORM: '#ec4899',
  'SQL statements': '#f59e0b',
  commit: '#ef4444',
  'queue and validation': '#14b8a6',
  'garbage collection': '#94a3b8',
  other: '#64748b',
};

/** Draws all charts for which there is data, and writes them to files. */
export async function drawCharts(data: readonly ChartData[]): Promise<ChartImage[]> {
  const requests = data.flatMap((part) => part.requests ?? []);
  const lives = data.flatMap((part) => part.lives ?? []);
  const lifeCpu = data.flatMap((part) => part.lifeCpu ?? []);
  const images: ChartImage[] = [];
  const write = async (file: string, description: string, svg: string) => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, file), svg);
    images.push({ file, description });
  };
  if (requests.length > 0) {
    const title = 'Requests per second, relative to a bare server';
    const reference = { value: 1, label: 'bare server' };
    const format = (value: number) => `${formatNumber(value, 2)} ×`;
    const svg = drawBarChart({ title, subtitle: rangeSubtitle, bars: requests, format, reference });
    await write('requests.svg', title, svg);
  }
  if (lives.length > 0) {
    const title = 'Whole lives of orders per second';
    const svg = drawBarChart({ title, subtitle: rangeSubtitle, bars: lives, format: (value) => formatNumber(value) });
    await write('lives.svg', title, svg);
  }
  if (lifeCpu.length > 0) {
    const title = 'CPU time of a life, by part';
    const subtitle = 'Microseconds of all threads of the serving process';
    const format = (sum: number) => `${formatNumber(sum)} µs`;
    const svg = drawStackedChart({ title, subtitle, stacks: lifeCpu, colors: partColors, format });
    await write('life-cpu.svg', title, svg);
  }
  return images;
}

const rangeSubtitle = 'Median of the rounds; the thin line reaches from the lowest to the highest round';

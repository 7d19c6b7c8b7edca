// The report of one part of the benchmark.

import { computeMedian } from '../statistics.ts';
import { formatNumber, formatRatio } from './format.ts';

/** A target and the measured value, both as text, for the table of all targets. */
export type TargetResult = { name: string; target: string; value: string; isMet: boolean };

/** A bar of a chart. `low` and `high` are the extremes of all rounds. */
export type ChartBar = {
  /** Bars of a group are drawn together, below its name. */
  group: string;
  label: string;
  value: number;
  low: number;
  high: number;
  /** Whether the bar shows the service. Other bars are drawn in another color. */
  isService: boolean;
};

/** A stacked bar: the CPU time of one life in microseconds, by part. */
export type ChartStack = { label: string; parts: Record<string, number> };

/** The data that a part contributes to the charts of the report. */
export type ChartData = { requests?: ChartBar[]; lives?: ChartBar[]; lifeCpu?: ChartStack[] };

/** The report of a part: its title, its text in Markdown, its targets, and its data for the charts. */
export type PartReport = { title: string; text: string; targets?: TargetResult[]; charts?: ChartData };

/** Compares the median of ratios with a minimum. */
export function checkMinimum(name: string, minimum: number, ratios: readonly number[]): TargetResult {
  const isMet = computeMedian([...ratios]) >= minimum;
  return { name, target: `≥ ${minimum}`, value: formatRatio(ratios), isMet };
}

/** Compares the median of ratios with a maximum. */
export function checkMaximum(name: string, maximum: number, ratios: readonly number[]): TargetResult {
  const isMet = computeMedian([...ratios]) <= maximum;
  return { name, target: `≤ ${maximum}`, value: formatRatio(ratios), isMet };
}

/** Compares a number with a limit that it must stay below. */
export function checkBelow(name: string, limit: number, unit: string, value: number): TargetResult {
  return { name, target: `< ${limit} ${unit}`, value: `${formatNumber(value)} ${unit}`, isMet: value < limit };
}

/** A bar of the median of values. */
export function createBar(group: string, label: string, values: readonly number[], isService: boolean): ChartBar {
  return {
    ...{ group, label, isService },
    value: computeMedian([...values]),
    low: Math.min(...values),
    high: Math.max(...values),
  };
}

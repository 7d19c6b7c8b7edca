// The parts of the benchmark that compute and draw: statistics, charts and the report.

import { describe, expect, test } from 'vitest';
import { drawBarChart } from '../../bench/charts/bar-chart.ts';
import { drawStackedChart } from '../../bench/charts/stacked-chart.ts';
import { computeRatios, measureRounds } from '../../bench/measurements/rounds.ts';
import { type CpuProfile, listFunctions, sumActiveTime } from '../../bench/profile/cpu-profile.ts';
import { sumCpuTime, toCpuTime } from '../../bench/profile/life-profile.ts';
import { checkMinimum, createBar } from '../../bench/report/part-report.ts';
import { formatReport } from '../../bench/report/report.ts';
import { computeMedian, computePercentile, computeSlope } from '../../bench/statistics.ts';

describe('statistics of the benchmark', () => {
  test('the median of an even count is the mean of the two middle numbers', () => {
    expect(computeMedian([4, 1, 3, 2])).toBe(2.5);
    expect(computeMedian([9, 1, 5])).toBe(5);
  });

  test('a percentile is the least number that the share of all numbers does not exceed', () => {
    const numbers = Array.from({ length: 200 }, (_, index) => index + 1);
    expect(computePercentile(numbers, 0.99)).toBe(198);
    expect(computePercentile(numbers, 0.5)).toBe(100);
  });

  test('the slope of samples is the one of the line that fits them best', () => {
    expect(computeSlope([1, 2, 3].map((x) => [x, 2 * x + 5]))).toBeCloseTo(2);
    expect(computeSlope([1, 2, 3, 4].map((x) => [x, x % 2 === 0 ? 11 : 9]))).toBeCloseTo(0.4);
  });

  test('rounds measure all contenders in alternating order, and ratios compare results of the same round', async () => {
    const measured: string[] = [];
    const contenders = ['a', 'b'].map((name) => ({ name, server: name }));
    const results = await measureRounds('test', 3, contenders, async (name) => measured.push(name));
    expect(measured).toEqual(['a', 'b', 'b', 'a', 'a', 'b']);
    expect(computeRatios(results.a ?? [], results.b ?? [], (count) => count)).toEqual([1 / 2, 4 / 3, 5 / 6]);
  });
});

describe('charts of the benchmark', () => {
  const bars = [createBar('SQLite', 'a < b', [2, 1, 3], true), createBar('SQLite', 'peer', [4, 4, 4], false)];
  const chart = { title: 'Lives', subtitle: 'per second', bars, format: (value: number) => `${value} lives` };

  test('a bar chart has a bar in proportion to each median, its value, and escaped labels', () => {
    const svg = drawBarChart(chart);
    const widths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)" height="16"/g)].map(([, width]) => Number(width));
    expect(widths).toHaveLength(2);
    expect((widths[0] ?? 0) / (widths[1] ?? 0)).toBeCloseTo(0.5, 2);
    expect(svg).toContain('>2 lives</text>');
    expect(svg).toContain('>a &lt; b</text>');
    expect(svg).toContain('prefers-color-scheme: dark');
  });

  test('a reference value has a line at its position even if all bars are shorter', () => {
    const svg = drawBarChart({ ...chart, reference: { value: 8, label: 'limit' } });
    const [, width] = /<rect [^>]*width="([\d.]+)" height="16" class="peer"/.exec(svg) ?? [];
    const [, left] = /<rect x="([\d.]+)"[^>]* height="16" class="peer"/.exec(svg) ?? [];
    const [, line] = /<line x1="([\d.]+)"[^>]* class="reference"/.exec(svg) ?? [];
    expect((Number(line) - Number(left)) / Number(width)).toBeCloseTo(2, 2);
  });

  test('a stacked chart draws the parts of each bar side by side, and lists them in its legend', () => {
    const stacks = [{ label: 'service', parts: { http: 30, commit: 10 } }];
    const colors = { http: '#111111', commit: '#222222', other: '#333333' };
    const svg = drawStackedChart({ title: 'CPU', subtitle: '', stacks, colors, format: (sum) => `${sum} µs` });
    const segments = [...svg.matchAll(/<rect x="([\d.]+)"[^>]*width="([\d.]+)" height="22"/g)];
    const [[, x1, width1] = [], [, x2, width2] = []] = segments;
    expect(Number(x2)).toBeCloseTo(Number(x1) + Number(width1), 0);
    expect(Number(width1) / Number(width2)).toBeCloseTo(3, 1);
    expect(svg).toContain('>40 µs</text>');
    expect(svg).toContain('>other</text>');
  });
});

test('the report leads with the charts and lists each target with its result', () => {
  const run = { command: 'npm run bench', date: '2026-01-01', machine: 'a machine' };
  const targets = [checkMinimum('POST', 1.2, [1, 1.1, 1.3]), checkMinimum('GET', 0.8, [0.9])];
  const report = formatReport(
    [{ title: 'Requests', text: 'A table', targets, run }],
    [{ file: 'requests.svg', description: 'Requests' }],
  );
  expect(report).toMatch(/^# Benchmark\n\n!\[Requests\]\(results\/requests\.svg\)\n/);
  expect(report).toContain('| POST | **1.10** (1.00–1.30) | ≥ 1.2 | **missed** |');
  expect(report).toContain('| GET | **0.90** (0.90–0.90) | ≥ 0.8 | met |');
  expect(report).toContain('## Requests\n\nA table');
});

describe('CPU profiles of the benchmark', () => {
  const createNode = (id: number, functionName: string, url: string, ...children: number[]) => ({
    id,
    callFrame: { functionName, url },
    children,
  });
  const profile: CpuProfile = {
    nodes: [
      createNode(1, '(root)', '', 2, 3, 4, 5, 9),
      createNode(2, '(idle)', ''),
      createNode(3, '(garbage collector)', ''),
      createNode(4, 'onStreamRead', 'node:internal/stream_base_commons', 6),
      createNode(5, '#commit', 'file:///repository/server/database/sqlite/writer-thread/write-connection.ts', 8),
      createNode(6, 'query', 'file:///repository/node_modules/pg/lib/client.js', 7),
      createNode(7, 'writeUtf8String', ''),
      createNode(8, 'exec', 'file:///repository/node_modules/better-sqlite3/lib/methods/wrappers.js'),
      createNode(9, 'flush', 'file:///repository/node_modules/@mikro-orm/core/unit-of-work/UnitOfWork.js', 10),
      createNode(10, 'map', ''),
    ],
    startTime: 1_000,
    endTime: 9_000,
    samples: [10, 2, 3, 4, 7, 8, 10, 10],
    timeDeltas: [1_000, 1_000, 100, 200, 300, 400, 500, 5_000],
  };

  test('time within the window belongs to the part of the nearest caller, and waiting does not count', () => {
    const times = sumActiveTime(profile, { startUs: 2_500, endUs: 5_000 });
    expect(Object.fromEntries(times)).toEqual({
      'garbage collection': 100,
      'HTTP and contract': 200,
      'SQL statements': 300,
      commit: 400,
      MikroORM: 500,
    });
  });

  test('the functions with the most time of their own are listed with their part, longest first', () => {
    expect(listFunctions(profile, { startUs: 2_500, endUs: 5_000 }, 2)).toEqual([
      { name: 'map', part: 'MikroORM', us: 500 },
      { name: 'exec lib/methods/wrappers.js', part: 'commit', us: 400 },
    ]);
  });

  test('waiting for a CPU shortens all parts, and waiting for the disk shortens the commit alone', () => {
    const active = new Map([
      ['commands', 600],
      ['commit', 1_400],
    ] as const);
    expect(Object.fromEntries(toCpuTime(active, { cpuUs: 1_000, readyUs: 1_000 }))).toEqual({
      commands: 300,
      commit: 700,
    });
    expect(Object.fromEntries(toCpuTime(active, { cpuUs: 800, readyUs: 0 }))).toEqual({ commands: 600, commit: 200 });
  });

  test('threads without a profile count as garbage collection or as other, and those of the profiler not at all', () => {
    const threads = [
      { name: 'MainThread', cpuUs: 1_500, readyUs: 0 },
      { name: 'V8Worker', cpuUs: 70, readyUs: 0 },
      { name: 'v8:ProfEvntProc', cpuUs: 900, readyUs: 0 },
      { name: 'libuv-worker', cpuUs: 30, readyUs: 0 },
    ];
    const times = sumCpuTime(threads, [profile], { startUs: 2_500, endUs: 5_000 });
    expect(times.get('garbage collection')).toBeCloseTo(100 + 70);
    expect(times.get('other')).toBeCloseTo(30);
    expect([...times.values()].reduce((sum, us) => sum + us, 0)).toBeCloseTo(1_600);
  });
});

// Medians, percentiles and slopes.

/** The median; for an even count, the mean of the two middle numbers. NaN for no numbers. */
export function computeMedian(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = low] = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1);
  return (low + high) / 2;
}

/** The percentile by nearest rank: the least number that at least `share` of them do not exceed. NaN for no numbers. */
export function computePercentile(numbers: Iterable<number>, share: number): number {
  const sorted = Float64Array.from(numbers).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** The median of each field over all records. */
export function computeMedians<Fields extends Record<string, number>>(records: Fields[]): Fields {
  const names = Object.keys(records[0] ?? {});
  const values = names.map((name) => [name, computeMedian(records.map((record) => record[name] ?? Number.NaN))]);
  return Object.fromEntries(values) as Fields;
}

/** The slope of the line that is fitted to points by least squares. NaN for fewer than two points. */
export function computeSlope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const covariance = mean(points.map(([x, y]) => (x - meanX) * (y - meanY)));
  return covariance / mean(points.map(([x]) => (x - meanX) ** 2));
}

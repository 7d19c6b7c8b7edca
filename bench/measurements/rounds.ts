// Interleaved rounds: each round measures all contenders, so that a slow period of the machine affects all of them.

/** A server in a comparison. */
export type Contender<Server> = { name: string; server: Server };

/** The results of each contender by its name, one for each round. */
export type Rounds<Result> = Record<string, Result[]>;

/** Measures all contenders in each round, alternately in the given and in the reverse order. */
export async function measureRounds<Server, Result>(
  part: string,
  rounds: number,
  contenders: readonly Contender<Server>[],
  measure: (server: Server) => Promise<Result>,
): Promise<Rounds<Result>> {
  const results = new Map(contenders.map(({ name }) => [name, [] as Result[]]));
  for (let round = 1; round <= rounds; round += 1) {
    const order = round % 2 === 1 ? contenders : contenders.toReversed();
    for (const { name, server } of order) results.get(name)?.push(await measure(server));
    process.stderr.write(`${part}: round ${round} of ${rounds}\n`);
  }
  return Object.fromEntries(results);
}

/** The ratios of a figure of two contenders, one for each round. */
export function computeRatios<Result>(
  numerators: readonly Result[],
  denominators: readonly Result[],
  figure: (result: Result) => number,
): number[] {
  return numerators.map((result, round) => {
    const denominator = denominators[round];
    return denominator === undefined ? Number.NaN : figure(result) / figure(denominator);
  });
}

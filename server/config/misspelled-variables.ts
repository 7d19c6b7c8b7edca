// Finds environment variables whose names are probably misspelled. The service would silently use the defaults instead.

const maxDistance = 2;

/** Returns one sentence for each unknown name that differs from a known one in one or two characters. */
export function findMisspelledVariables(names: readonly string[], known: readonly string[]): string[] {
  return names.flatMap((name) => {
    // Short names of other programs, such as POST, resemble PORT and HOST.
    if (known.includes(name) || !name.includes('_')) return [];
    const similar = known.find((other) => computeEditDistance(name, other) <= maxDistance);
    return similar === undefined ? [] : `unknown environment variable ${name}; did you mean ${similar}?`;
  });
}

/** Counts the characters to insert, delete or replace (Levenshtein distance). Lengths that differ more are infinite. */
function computeEditDistance(first: string, second: string): number {
  if (Math.abs(first.length - second.length) > maxDistance) return Number.POSITIVE_INFINITY;
  let distances = Array.from({ length: second.length + 1 }, (_, index) => index);
  for (const [row, character] of [...first].entries()) {
    const next = [row + 1];
    for (const [column, other] of [...second].entries()) {
      const replaced = (distances[column] ?? 0) + (character === other ? 0 : 1);
      next.push(Math.min(replaced, (distances[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    distances = next;
  }
  return distances.at(-1) ?? 0;
}

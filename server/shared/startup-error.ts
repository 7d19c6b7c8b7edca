// What keeps the service from starting and can be mended by the person who starts it.

export class StartError extends Error {
  override readonly name = 'StartError';
  /** What is wrong, one sentence each. */
  readonly faults: readonly string[];

  constructor(faults: readonly string[], options?: ErrorOptions) {
    super(faults.join('; '), options);
    this.faults = faults;
  }
}

/** What a person can mend in plain words: a list where there is more than one. A bug keeps its stack. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return ` ${error}`;
  const faults = error instanceof StartError ? error.faults : ['code' in error ? error.message : String(error.stack)];
  return faults.length === 1 ? ` ${faults[0]}` : faults.map((fault) => `\n  ${fault}`).join('');
}

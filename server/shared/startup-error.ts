// What keeps the service from starting and can be mended by the person who starts it.

export class StartupError extends Error {
  override readonly name = 'StartError';
  /** What is wrong, one sentence each. */
  readonly reasons: readonly string[];

  constructor(faults: readonly string[], options?: ErrorOptions) {
    super(faults.join('; '), options);
    this.reasons = faults;
  }
}

/** What a person can mend in plain words: a list where there is more than one. A bug keeps its stack. */
export function describeStartupError(error: unknown): string {
  if (!(error instanceof Error)) return ` ${error}`;
  const faults =
    error instanceof StartupError ? error.reasons : ['code' in error ? error.message : String(error.stack)];
  return faults.length === 1 ? ` ${faults[0]}` : faults.map((fault) => `\n  ${fault}`).join('');
}

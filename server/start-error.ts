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

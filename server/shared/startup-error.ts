// Errors that prevent a process from starting and that its operator can fix.

export class StartupError extends Error {
  override readonly name = 'StartupError';
  /** One sentence for each problem. */
  readonly reasons: readonly string[];

  constructor(reasons: readonly string[], options?: ErrorOptions) {
    super(reasons.join('; '), options);
    this.reasons = reasons;
  }
}

/**
 * Runs a step of the start that depends on an environment variable.
 * @throws StartupError whose reasons begin with the name of the variable. Errors of the operating system become one,
 *   because their message does not show which setting they belong to.
 */
export async function withVariable<Result>(name: string, step: () => Promise<Result>): Promise<Result> {
  try {
    return await step();
  } catch (error) {
    const isExpected = error instanceof StartupError || (error instanceof Error && 'syscall' in error);
    if (!isExpected) throw error;
    throw new StartupError(
      getReasons(error).map((reason) => `${name}: ${reason}`),
      { cause: error },
    );
  }
}

/**
 * Formats an error as lines of text: `cannot start: …`, or an indented list if there are several reasons. Errors with
 * a code, as those of Node and the operating system, are formatted without their stack; other errors are bugs.
 * @param summary for example `cannot start`
 */
export function formatStartupError(summary: string, error: unknown): string {
  const reasons = getReasons(error);
  if (reasons.length === 1) return `${summary}: ${reasons[0]}\n`;
  return `${summary}:\n${reasons.map((reason) => `  ${reason}\n`).join('')}`;
}

function getReasons(error: unknown): readonly string[] {
  if (error instanceof StartupError) return error.reasons;
  if (!(error instanceof Error)) return [String(error)];
  return ['code' in error ? error.message : String(error.stack)];
}

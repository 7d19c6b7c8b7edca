// Parsing of environment variables.

import { z } from 'zod';

/** Splits a list separated by commas. Blanks around entries and empty entries are dropped. */
export function parseList(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** A schema for an integer from `min` to `max`, in decimal digits. */
export function integerVariable(min: number, max: number) {
  const message = `must be an integer from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
}

/** Returns the variables that are set. Empty variables count as absent. */
export function pickDefined(environment: Record<string, string | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}

/** Returns one sentence for each issue, as in `PORT: must be an integer from 0 to 65535`. */
export function describeIssues(error: z.ZodError | undefined): string[] {
  return (error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

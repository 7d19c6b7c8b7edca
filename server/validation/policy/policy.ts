// Loads the policy: CEL rules that every order must satisfy. All rules are compiled and type-checked at startup, so
// that an invalid rule prevents the start instead of failing validations later.

import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Rule } from '../../../contract/routes/policy.ts';
import { text } from '../../../contract/schemas/primitives.ts';
import { StartupError } from '../../shared/startup-error.ts';
import { parsePolicyFile } from './policy-file.ts';
import { findRuleError } from './rules.ts';

/** Rules, and a version that changes with them. */
export type Policy = {
  version: string;
  rules: readonly Rule[];
  /** Where the expression of each rule is in the policy file, as in `line 4, column 17`, by the id of the rule. */
  positions: ReadonlyMap<string, string>;
};

const policyFile = z.strictObject({
  rules: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be kebab-case, up to 64 characters'),
        description: z.string().min(1),
        expression: z.string().min(1),
        message: text(1, 500),
      }),
    )
    .min(1, 'must have at least one rule')
    .refine((rules) => new Set(rules.map(({ id }) => id)).size === rules.length, 'ids must be unique'),
});

/**
 * Reads a policy from a YAML or JSON file.
 * @throws StartupError the file cannot be read, is not a policy, or contains an invalid rule
 */
export async function loadPolicy(path: string | URL): Promise<Policy> {
  let content: Buffer;
  try {
    content = await readFile(path);
  } catch {
    throw new StartupError([`cannot read ${path}`]);
  }
  // Decoding would replace invalid bytes silently.
  if (!isUtf8(content)) throw new StartupError([`${path} is not UTF-8`]);
  return parsePolicy(content.toString());
}

/**
 * Parses the content of a policy file, YAML or JSON.
 * @throws StartupError the content is not a policy, or contains an invalid rule; one reason for each error
 */
export function parsePolicy(content: string): Policy {
  const { value, describePosition } = parsePolicyFile(content);
  const parsed = policyFile.safeParse(value);
  if (!parsed.success) {
    throw new StartupError(
      parsed.error.issues.map(
        ({ path, message }) => `${describePosition(path)}: ${path.join('.') || 'file'}: ${message}`,
      ),
    );
  }
  const { rules } = parsed.data;
  const errors = rules.flatMap((rule) => findRuleError(rule) ?? []);
  if (errors.length > 0) throw new StartupError(errors);
  const positions = new Map(rules.map(({ id }, index) => [id, describePosition(['rules', index, 'expression'])]));
  return { version: computeVersion(rules), rules, positions };
}

/** The first 12 hexadecimal digits of a SHA-256 hash of the rules: equal rules have equal versions. */
function computeVersion(rules: readonly Rule[]): string {
  const canonical = rules.map(({ id, description, expression, message }) => [id, description, expression, message]);
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex').slice(0, 12);
}

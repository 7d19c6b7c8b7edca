// The policy: rules in CEL that every order has to satisfy. All are compiled and type-checked before the first order
// is judged, so that a rule that cannot work is found at the start and not at night.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import type { Rule } from '../../contract/policy.ts';
import { text } from '../../contract/primitives.ts';
import { StartupError } from '../shared/startup-error.ts';
import { findRuleError } from './rules.ts';

export type Policy = { version: string; rules: readonly Rule[] };

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
 * @throws StartError the file cannot be read, is not a policy, or holds a rule that cannot work
 */
export async function loadPolicy(path: string | URL): Promise<Policy> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch {
    throw new StartupError([`cannot read ${path}`]);
  }
  return parsePolicy(content);
}

/** Makes a policy of the text of a file. */
export function parsePolicy(content: string): Policy {
  const parsed = policyFile.safeParse(parseContent(content));
  if (!parsed.success) {
    throw new StartupError(parsed.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`));
  }
  const { rules } = parsed.data;
  const faults = rules.flatMap((rule) => findRuleError(rule) ?? []);
  if (faults.length > 0) throw new StartupError(faults);
  return { version: computeVersion(rules), rules };
}

function parseContent(content: string): unknown {
  try {
    return parseYaml(content);
  } catch (error) {
    throw new StartupError([`not YAML: ${String(error).split('\n')[0]}`]);
  }
}

/** Same rules, same version: the first 12 hexadecimal digits of a hash over them. */
function computeVersion(rules: readonly Rule[]): string {
  const canonical = rules.map(({ id, description, expression, message }) => [id, description, expression, message]);
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex').slice(0, 12);
}

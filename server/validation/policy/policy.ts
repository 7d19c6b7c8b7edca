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

const ruleSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be kebab-case, up to 64 characters'),
  description: z.string().min(1),
  expression: z.string().min(1),
  message: text(1, 500),
});

const policySchema = z.strictObject({
  rules: z
    .array(ruleSchema)
    .min(1, 'must have at least one rule')
    .superRefine((rules, context) => {
      for (const [index, { id }] of rules.entries()) {
        const first = rules.findIndex((rule) => rule.id === id);
        if (first === index) continue;
        const message = `'${id}' is already the id of rule ${first + 1}; ids must be unique`;
        context.addIssue({ code: 'custom', path: [index, 'id'], message });
      }
    }),
});

/** Causes of a failure to read, by the error code of the operating system. */
const readFailures: ReadonlyMap<unknown, string> = new Map([
  ['ENOENT', 'there is no such file'],
  ['ENOTDIR', 'there is no such file'],
  ['EISDIR', 'it is a directory'],
  ['EACCES', 'the service has no permission to read it'],
]);

/**
 * Reads a policy from a YAML or JSON file.
 * @throws StartupError the file cannot be read, is not a policy, or contains an invalid rule
 */
export async function loadPolicy(path: string | URL): Promise<Policy> {
  let content: Buffer;
  try {
    content = await readFile(path);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    throw new StartupError([`cannot read the policy file ${path}: ${readFailures.get(code) ?? code}`], { cause });
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
  if (value === null) throw new StartupError(['the policy file is empty; it must have a list `rules`']);
  const parsed = policySchema.safeParse(value, { reportInput: true });
  if (!parsed.success) {
    throw new StartupError(
      parsed.error.issues.map((issue) => `${describePosition(issue.path)}: ${describeIssue(issue)}`),
    );
  }
  const { rules } = parsed.data;
  const errors = rules.flatMap((rule, index) => {
    const error = findRuleError(rule);
    return error
      ? `${describePosition(['rules', index, 'expression'], error.offset)}: rule ${rule.id}: ${error.message}`
      : [];
  });
  if (errors.length > 0) throw new StartupError(errors);
  const positions = new Map(rules.map(({ id }, index) => [id, describePosition(['rules', index, 'expression'])]));
  return { version: computeVersion(rules), rules, positions };
}

/** Describes an error as in `rule 1 has no description`. Rules are counted from 1. */
function describeIssue(issue: z.core.$ZodIssue): string {
  const [, index, field] = issue.path;
  const subject = typeof index === 'number' ? `rule ${index + 1}` : 'the policy file';
  if (issue.code === 'unrecognized_keys') return `${subject} has an unknown member: ${issue.keys.join(', ')}`;
  const name = String(field ?? issue.path[0] ?? '');
  const member = typeof index === 'number' ? field : issue.path[0];
  if (issue.code === 'invalid_type') {
    if (issue.input === undefined) return `${subject} has no ${name}`;
    const place = member === undefined ? subject : `${subject}: ${String(member)}`;
    return `${place} must be ${typeNames[issue.expected] ?? issue.expected}`;
  }
  const message = issue.code === 'too_small' && issue.origin === 'string' ? 'must not be empty' : issue.message;
  return `${subject}: ${name}: ${message}`;
}

const typeNames: Record<string, string> = { array: 'a list', object: 'a mapping', string: 'text' };

/** The first 12 hexadecimal digits of a SHA-256 hash of the rules: equal rules have equal versions. */
function computeVersion(rules: readonly Rule[]): string {
  const canonical = rules.map(({ id, description, expression, message }) => [id, description, expression, message]);
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex').slice(0, 12);
}

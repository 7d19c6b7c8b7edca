// The policy: rules in CEL that every order has to satisfy. All are compiled and type-checked before the first order
// is judged, so that a rule that cannot work is found at the start and not at night.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Environment, type ParseResult } from '@marcbachmann/cel-js';
import { parse as parseYaml, YAMLParseError } from 'yaml';
import { z } from 'zod';
import type { Rule } from '../../contract/policy.ts';
import type { OrderContent } from './order-content.ts';

export type Policy = { version: string; rules: readonly Rule[] };

/** A policy that cannot be used. `faults` names each, with the rule and the position. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('; '));
    this.faults = faults;
  }
}

const policyFile = z.strictObject({
  rules: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be kebab-case, up to 64 characters'),
        description: z.string().min(1),
        expression: z.string().min(1),
        message: z.string().min(1).max(500),
      }),
    )
    .refine((rules) => new Set(rules.map(({ id }) => id)).size === rules.length, 'ids must be unique'),
});

/**
 * Reads a policy from a YAML or JSON file.
 * @throws PolicyError the file cannot be read, is not a policy, or holds a rule that cannot work
 */
export async function loadPolicy(path: string | URL): Promise<Policy> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    throw new PolicyError([`cannot read ${path}`]);
  }
  return parsePolicy(text);
}

/** Makes a policy of the text of a file. */
export function parsePolicy(text: string): Policy {
  const parsed = policyFile.safeParse(parseText(text));
  if (!parsed.success) {
    throw new PolicyError(parsed.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`));
  }
  const { rules } = parsed.data;
  const faults = rules.flatMap((rule) => faultOf(rule) ?? []);
  if (faults.length > 0) throw new PolicyError(faults);
  return { version: versionOf(rules), rules };
}

/** A rule that is ready to judge. Yields anything: a rule over dynamic values may turn out not to be boolean. */
export type CompiledRule = { rule: Rule; evaluate: (context: { order: OrderContent }) => unknown };

/** Compiles rules that `parsePolicy` has checked. */
export function compileRules(rules: readonly Rule[]): CompiledRule[] {
  return rules.map((rule) => {
    const parsed: ParseResult = environment.parse(rule.expression);
    return { rule, evaluate: (context) => parsed(context) };
  });
}

const environment = new Environment()
  .registerType('Item', { fields: { productId: 'string', quantity: 'int', unitPrice: 'int' } })
  .registerVariable({
    name: 'order',
    schema: {
      reference: 'dyn',
      customerId: 'string',
      currency: 'string',
      items: 'list<Item>',
      total: 'int',
      note: 'dyn',
      metadata: 'map<string, string>',
    },
  });

function parseText(text: string): unknown {
  try {
    return parseYaml(text);
  } catch (error) {
    if (error instanceof YAMLParseError) throw new PolicyError([`not YAML: ${error.message.split('\n')[0]}`]);
    throw error;
  }
}

function faultOf({ id, expression }: Rule): string | undefined {
  const { valid, type, error } = environment.check(expression);
  if (!valid) return `rule ${id}, ${positionOf(expression, error?.range?.start ?? 0)}: ${error?.summary}`;
  if (type !== 'bool' && type !== 'dyn') return `rule ${id}, line 1, column 1: yields ${type}, must yield bool`;
  return undefined;
}

function positionOf(expression: string, offset: number): string {
  const before = expression.slice(0, offset).split('\n');
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

/** Same rules, same version: the first 12 hexadecimal digits of a hash over them. */
function versionOf(rules: readonly Rule[]): string {
  const canonical = rules.map(({ id, description, expression, message }) => [id, description, expression, message]);
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex').slice(0, 12);
}

// Converts validation errors of zod to the `errors` of an `invalid-request` problem.

import type { RequestValidationError } from '@ts-rest/express';
import type { z } from 'zod';
import type { FieldError } from '../../../contract/problems/problem-table.ts';
import { newOrder, order } from '../../../contract/schemas/order.ts';

type Issue = z.core.$ZodIssue;

/**
 * Returns all errors of a request. Pointers lead into the body, or begin with `/path`, `/query` or `/header`.
 * @param parameters the query of the request, in which a repeated parameter is a list
 */
export function toFieldErrors(
  { pathParams, query, headers, body }: RequestValidationError,
  parameters: Readonly<Record<string, string | string[]>>,
): FieldError[] {
  // A list may be repeated. Its errors concern one value, at a longer path, or the list as a whole.
  const isRepeated = ({ code, path: [name, ...others] }: Issue) =>
    (code === 'invalid_type' || code === 'invalid_value') &&
    others.length === 0 &&
    Array.isArray(parameters[String(name)]);
  return [
    ...collectFieldErrors('/path', pathParams),
    ...collectFieldErrors('/query', query, (issue) => (isRepeated(issue) ? 'must be given once' : undefined)),
    ...collectFieldErrors('/header', headers),
    ...collectFieldErrors('', body),
  ];
}

/** @param describe returns the detail of an issue, unless the usual one applies */
function collectFieldErrors(
  prefix: string,
  error: { issues: readonly unknown[] } | null,
  describe: (issue: Issue) => string | undefined = () => undefined,
): FieldError[] {
  return ((error?.issues ?? []) as Issue[]).flatMap((issue) => issueToFieldErrors(prefix, issue, describe(issue)));
}

function issueToFieldErrors(prefix: string, issue: Issue, detail = describeIssue(issue)): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: toPointer(prefix, [...issue.path, key]),
      detail: describeUnknownField(key),
    }));
  }
  return [{ pointer: toPointer(prefix, issue.path), detail }];
}

/** Returns a JSON pointer (RFC 6901, section 3). */
export function toPointer(prefix: string, path: readonly PropertyKey[]): string {
  return prefix + path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

const readOnlyFields = new Set(Object.keys(order.shape).filter((key) => !(key in newOrder.shape)));

function describeUnknownField(key: string): string {
  return readOnlyFields.has(key) ? 'is read-only' : 'is unknown';
}

const typeNames: Record<string, string> = {
  array: 'an array',
  boolean: 'a boolean',
  int: 'an integer',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'a string',
};

function describeIssue(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.message.endsWith('received undefined')) return 'is required';
      return `must be ${typeNames[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return `must ${describeAmount(issue.origin, 'at least', issue.minimum)}`;
    case 'too_big':
      return `must ${describeAmount(issue.origin, 'at most', issue.maximum)}`;
    case 'invalid_value':
      return issue.values.length > 20 ? issue.message : `must be one of ${issue.values.join(', ')}`;
    case 'invalid_key':
      return issue.issues.map(describeIssue).join('; ');
    default:
      return issue.message;
  }
}

function describeAmount(origin: string, bound: 'at least' | 'at most', amount: number | bigint): string {
  if (origin !== 'string' && origin !== 'array') return `be ${bound} ${amount}`;
  const unit = origin === 'string' ? ['character', 'characters'] : ['entry', 'entries'];
  return `have ${bound} ${amount} ${amount === 1 ? unit[0] : unit[1]}`;
}

// Regular expressions of the rules, in the syntax of RE2 as CEL specifies: matching takes time linear in the text. The
// regular expressions of JavaScript backtrack, so that one text can keep a thread busy for years.

import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';

/** Loaded with the first pattern only: most policies have none, and a replaced thread should start quickly. */
let library: typeof import('re2js') | undefined;

const unsupportedSyntax = /\(\?<?[=!]|\\[1-9]/;

/**
 * Compiles a pattern. Its method `test` searches the pattern anywhere in a text.
 * @throws Error the pattern is invalid, or uses lookaround or backreferences
 */
export function compilePattern(pattern: string): Pick<RE2JS, 'test'> {
  library ??= createRequire(import.meta.url)('re2js') as typeof import('re2js');
  try {
    return library.RE2JS.compile(pattern);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace('error parsing regexp: ', '') : String(cause);
    const hint = unsupportedSyntax.test(pattern) ? '; RE2 has no lookaround and no backreferences' : '';
    throw new Error(`invalid regular expression: ${reason}${hint}`, { cause });
  }
}

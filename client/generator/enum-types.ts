// Writes the types of the named enumerations.

import { namedEnums } from '../../contract/named-enums.ts';
import { formatDocComment } from './doc-comment.ts';

/** Returns the declarations: for each enumeration the values known to this version, and the type that is open. */
export function declareEnums(): string[] {
  return Object.entries(namedEnums).flatMap(([name, { values, meaning }]) => {
    const known = formatDocComment([`${meaning}, as far as this version of the SDK knows.`], '');
    const open = formatDocComment([`${meaning}. A newer service can return others.`], '');
    return [
      `${known}export type Known${name} =\n${wrapLiterals(values)};`,
      `${open}export type ${name} = Known${name} | (string & {});`,
    ];
  });
}

function wrapLiterals(values: readonly string[]): string {
  const lines = [''];
  for (const literal of values.map((value) => `| '${value}'`)) {
    const last = lines.at(-1) ?? '';
    if (last.length + literal.length > 110) lines.push(literal);
    else lines[lines.length - 1] = `${last} ${literal}`.trim();
  }
  return lines.map((line) => `  ${line}`).join('\n');
}

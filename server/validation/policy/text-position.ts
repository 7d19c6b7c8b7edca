// Finds where in a policy file a character of a text is.

import type { Scalar } from 'yaml';

/**
 * Returns the offset in the file of the character at `index` of a text. Where YAML joins lines or replaces escape
 * sequences, returns the offset of the start of the text.
 */
export function findTextOffset({ range, type, value }: Scalar, index: number, content: string): number {
  const [start, end] = range ?? [0, 0];
  if (typeof value !== 'string') return start;
  if (type === 'BLOCK_LITERAL') return findBlockOffset(value, index, content, start) ?? start;
  const quote = type === 'PLAIN' ? 0 : 1;
  return content.slice(start + quote, end - quote) === value ? start + quote + index : start;
}

/** Each line of the text is the end of a line of the file, after the indentation. */
function findBlockOffset(value: string, index: number, content: string, start: number): number | undefined {
  // The end of the text is the end of its last line, not the line after it.
  const before = value.slice(0, Math.min(index, value.trimEnd().length)).split('\n');
  let lineStart = start;
  // The first line of the block is its header.
  for (const _ of before) lineStart = content.indexOf('\n', lineStart) + 1;
  const line = /^[^\r\n]*/.exec(content.slice(lineStart))?.[0] ?? '';
  const text = value.split('\n')[before.length - 1] ?? '';
  const column = before.at(-1)?.length ?? 0;
  return line.endsWith(text) ? lineStart + line.length - text.length + column : undefined;
}

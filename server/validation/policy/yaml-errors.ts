// Explains errors of the YAML parser. Most are caused by an expression or message without quotes, and one such text
// causes several errors, none of which names the cause.

/** An error of the parser. `offset` is where in the file it was found. */
export type YamlError = { offset: number; code: string; message: string };

/** An error for the operator, at an offset in the file. */
export type FileError = { offset: number; message: string };

/** A member of a rule in block style, with its value. */
const memberStart = /^[ \t]*(?:- +)?(?:id|description|expression|message):[ \t]+(?=\S)/gm;

/** Errors that no quotes would correct. */
const unrelatedCodes: ReadonlySet<string> = new Set(['DUPLICATE_KEY', 'MULTIPLE_DOCS', 'BAD_DIRECTIVE']);

const remedy = 'put the text in quotes or in a block (|)';

/** Returns one error for each text that has to be quoted, and the message of the parser for every other error. */
export function explainYamlErrors(errors: readonly YamlError[], content: string): FileError[] {
  const explained = errors.map((error) => ({ error, explanation: explain(error, content) }));
  const isExplained = explained.some(({ explanation }) => explanation);
  return explained.flatMap(({ error: { offset, code, message }, explanation }) => {
    if (explanation) return explanation;
    // After a text that ends too early, the parser reports every further token.
    if (isExplained && (code === 'UNEXPECTED_TOKEN' || code === 'BAD_INDENT')) return [];
    const hint = code === 'BAD_DQ_ESCAPE' ? '; write a backslash twice in double quotes' : '';
    return { offset, message: `not YAML: ${message.split('\n')[0]}${hint}` };
  });
}

function explain({ offset, code }: YamlError, content: string): FileError | undefined {
  if (unrelatedCodes.has(code)) return undefined;
  const members = [...content.matchAll(memberStart)];
  const position = members.findLastIndex(({ index }) => index <= offset);
  const member = members[position];
  if (!member) return undefined;
  const start = member.index + member[0].length;
  const reason = findReason(content.slice(start, members[position + 1]?.index).trimEnd(), code);
  return reason === undefined ? undefined : { offset: start, message: reason };
}

function findReason(text: string, code: string): string | undefined {
  const [first = ''] = text;
  if (first === '!') return `YAML reads ${/^\S+/.exec(text)?.[0]} as a tag; ${remedy}`;
  // The end of a quoted text is missing, perhaps of an earlier one.
  if (code === 'MISSING_CHAR') return undefined;
  if ('|>"\'[{'.includes(first)) return findIndicatorReason(text, first, code);
  if (/:(\s|$)/.test(text)) return `YAML reads ': ' in text without quotes as the start of a mapping; ${remedy}`;
  return code === 'BAD_SCALAR_START' || code === 'BLOCK_AS_IMPLICIT_KEY'
    ? `YAML reads ${first} at the start of a text as a sign of its own; ${remedy}`
    : undefined;
}

/** The reason for a text that begins with a character that has a meaning in YAML. */
function findIndicatorReason(text: string, first: string, code: string): string | undefined {
  if (first === '[' || first === '{')
    return `YAML reads text that begins with ${first} as a list or mapping; ${remedy}`;
  if (first === '|' || first === '>') {
    return /^.[-+\d]*[ \t]+[^#\s]/.test(text) ? `the text of a block begins in the line after ${first}` : undefined;
  }
  if (code !== 'UNEXPECTED_TOKEN') return undefined;
  return `YAML reads only the part in quotes, and not the text after it; ${remedy}`;
}

// Formats texts of the contract as doc comments.

const maxWidth = 120;

/** Returns a doc comment of these paragraphs, each indented line followed by a line break. Empty without paragraphs. */
export function formatDocComment(paragraphs: readonly string[], indent: string): string {
  const texts = paragraphs.filter((text) => text !== '').map((text) => text.replaceAll('*/', '*\\/'));
  const [only = ''] = texts;
  if (texts.length === 0) return '';
  const single = `${indent}/** ${only} */`;
  if (texts.length === 1 && single.length <= maxWidth && !only.includes('\n')) return `${single}\n`;
  const lines = texts.flatMap((text, index) => [
    ...(index > 0 && !text.startsWith('@') ? [''] : []),
    ...text.split('\n').flatMap((line) => wrap(line, maxWidth - indent.length - 3)),
  ]);
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`, ''].join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}

/** Ends a text with a full stop, so that further sentences can follow. */
export function toSentence(text: string): string {
  return text === '' || /[.!?]$/.test(text) ? text : `${text}.`;
}

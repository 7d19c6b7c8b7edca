// Reads the text of a policy file, YAML or JSON. Text that YAML would reinterpret is an error with its position: a rule
// that is changed silently accepts orders that it should refuse.

import { type Document, isScalar, LineCounter, type Node, parseDocument, type Scalar, visit } from 'yaml';
import { StartupError } from '../../shared/startup-error.ts';
import { findTextOffset } from './text-position.ts';
import { explainYamlErrors, type FileError } from './yaml-errors.ts';

/** The value of a policy file, and the positions of its parts. */
export type PolicyFile = {
  value: unknown;
  /**
   * Returns `line L, column C` of the value at a path, or of its closest existing parent.
   * @param index the character of a text; default 0. Where YAML changes the text, its start is returned.
   */
  describePosition: (path: readonly PropertyKey[], index?: number) => string;
};

/**
 * Parses one document of plain mappings, lists and text.
 * @throws StartupError the text is not YAML, or YAML would reinterpret a part; one reason for each error
 */
export function parsePolicyFile(content: string): PolicyFile {
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false });
  const describe = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `line ${Math.max(line, 1)}, column ${Math.max(col, 1)}`;
  };
  const parserErrors = [...document.errors, ...document.warnings];
  const errors = explainYamlErrors(
    parserErrors.map(({ pos, code, message }) => ({ offset: pos[0], code, message })),
    content,
  );
  // Text after a syntax error may have another meaning once the error is corrected.
  if (errors.length === 0) errors.push(...findReinterpretations(document, content));
  if (errors.length > 0) {
    throw new StartupError([...new Set(errors.map(({ offset, message }) => `${describe(offset)}: ${message}`))]);
  }
  const describePosition = (path: readonly PropertyKey[], index?: number): string => {
    const node = document.getIn(path.map(String), true) as Node | undefined;
    if (index !== undefined && isScalar(node)) return describe(findTextOffset(node, index, content));
    if (node?.range || path.length === 0) return describe(node?.range?.[0] ?? 0);
    return describePosition(path.slice(0, -1));
  };
  return { value: document.toJS(), describePosition };
}

/** Returns the parts of a document whose meaning in YAML is probably not intended. */
function findReinterpretations(document: Document.Parsed, content: string): FileError[] {
  const errors: FileError[] = [];
  const report = (offset: number, message: string) => void errors.push({ offset, message });
  if (document.directives?.yaml.explicit === true) report(0, 'a %YAML directive is not supported');
  visit(document, {
    Alias: (_, { range }) => report(range?.[0] ?? 0, 'an alias (*) is not supported'),
    Pair: (_, { key }) => {
      if (isScalar(key) && key.value === '<<') report(key.range?.[0] ?? 0, 'a merge key (<<) is not supported');
    },
    Node: (_, node) => {
      const reason = findReinterpretation(node, content);
      if (reason !== undefined) report(findStart(node, content), reason);
    },
  });
  return errors;
}

/** The range of a node begins after its tag and anchor. */
function findStart(node: Node, content: string): number {
  const start = node.range?.[0] ?? 0;
  const line = content.slice(content.lastIndexOf('\n', start - 1) + 1, start);
  const marked = node.tag !== undefined || ('anchor' in node && node.anchor !== undefined);
  const properties = marked ? /(?:[!&]\S*\s+)+$/.exec(line)?.[0] : undefined;
  return start - (properties?.length ?? 0);
}

function findReinterpretation(node: Node, content: string): string | undefined {
  if (node.tag !== undefined) return `YAML reads ${node.tag} as a tag; put the text in quotes or in a block (|)`;
  if ('anchor' in node && node.anchor !== undefined) return 'an anchor (&) is not supported; put the text in quotes';
  return isScalar(node) ? findScalarReinterpretation(node, content) : undefined;
}

function findScalarReinterpretation(node: Scalar, content: string): string | undefined {
  const [start, end] = node.range ?? [0, 0];
  const source = content.slice(start, end);
  if (typeof node.value !== 'string')
    return `YAML reads ${source || 'an empty value'} as ${node.value}, not as text; put it in quotes`;
  const control = [...node.value].find((character) => character < ' ' && !'\n\t'.includes(character));
  if (control !== undefined && control !== '\0') {
    const code = control.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase();
    return `the text contains the control character U+${code}; write a backslash twice in double quotes`;
  }
  if (node.type !== 'BLOCK_LITERAL' && source.includes('\n') && node.value.includes('//')) {
    return 'YAML joins these lines, so that // makes a comment of all that follows; use a block (|)';
  }
  return node.type === 'PLAIN' ? findPlainReinterpretation(source, content.slice(end)) : undefined;
}

function findPlainReinterpretation(source: string, rest: string): string | undefined {
  if (/^[ \t]+#/.test(rest)) return 'YAML drops the text from # as a comment; put the text in quotes';
  if (source.includes('\n')) return undefined;
  const legacyValue: unknown = parseDocument(source, { version: '1.1', logLevel: 'silent' }).toJS();
  return typeof legacyValue === 'string'
    ? undefined
    : `YAML readers disagree whether ${source} is text; put it in quotes`;
}

// Hints for frequent mistakes in expressions: each says what to write instead.

import { itemFields, orderFields } from './rule-input.ts';

/** An error in an expression, found at the text `rest`, after the text `before`. */
type Mistake = { message: string; before: string; rest: string };

/** Returns the hint if the error is of its kind. */
type HintFinder = (mistake: Mistake) => string | undefined;

/**
 * Returns what to write instead of an erroneous part, or undefined.
 * @param message the error, as the CEL library describes it
 * @param offset where in the expression the error is
 */
export function findHint(message: string, expression: string, offset: number): string | undefined {
  const mistake = { message, before: expression.slice(0, offset), rest: expression.slice(offset) };
  for (const find of hintFinders) {
    const hint = find(mistake);
    if (hint !== undefined) return hint;
  }
  return undefined;
}

const operators: ReadonlyMap<string, string> = new Map([
  ['and', '&&'],
  ['or', '||'],
  ['is', '=='],
]);

const hintFinders: readonly HintFinder[] = [
  findOperatorHint,
  findSizeHint,
  findHasHint,
  findMacroHint,
  findVariableHint,
  findNullHint,
  findFieldHint,
];

function findOperatorHint({ message, before, rest }: Mistake): string | undefined {
  if (!message.startsWith('Unexpected character')) return undefined;
  if (/\bnot\s+$/i.test(before)) return 'write ! instead of not';
  if (/^=(?!>)/.test(rest)) return 'write == to compare';
  const word = /^\w+/.exec(rest)?.[0] ?? '';
  const operator = operators.get(word.toLowerCase());
  return operator && `write ${operator} instead of ${word}`;
}

function findSizeHint({ message, before, rest }: Mistake): string | undefined {
  if (/'(list|string|map)(<.*>)?\.(length|count)\(\)'/.test(message)) return 'write size() for the length';
  if (!/^(List index must be int|Cannot index type)/.test(message)) return undefined;
  const operand = /([\w.]+)\.$/.exec(before)?.[1];
  if (operand === undefined) return undefined;
  if (/^(length|size|count)\b/.test(rest)) return `write size(${operand})`;
  return message.startsWith('List') ? `read one element as in ${operand}[0], or use a macro such as all` : undefined;
}

function findHasHint({ message, rest }: Mistake): string | undefined {
  if (!message.startsWith('has() requires a field')) return undefined;
  const [, key = '', name = ''] = /^order\.metadata(?:\[\s*["']([^"']*)["']\s*\]|\.([\w-]+))/.exec(rest) ?? [];
  return key || name ? `write ${JSON.stringify(key || name)} in order.metadata` : undefined;
}

function findMacroHint({ message, before }: Mistake): string | undefined {
  if (!message.startsWith('Unknown variable')) return undefined;
  const [, list, macro] = /([\w.]+)\.(all|exists|exists_one|filter|map)\([^,()]*$/.exec(before) ?? [];
  return list && `${macro} needs a variable first, as in ${list}.${macro}(item, …)`;
}

function findVariableHint({ message, before, rest }: Mistake): string | undefined {
  const name = /^Unknown variable: (\w+)/.exec(message)?.[1];
  if (name === undefined) return undefined;
  const [, start] = /order\.metadata\.((?:\w+-)+)$/.exec(before) ?? [];
  if (start !== undefined) return `write order.metadata["${start}${/^[\w-]+/.exec(rest)?.[0]}"]`;
  if (Object.hasOwn(orderFields, name)) return `write order.${name}`;
  return name === 'undefined' ? 'write null' : undefined;
}

function findNullHint({ message, rest }: Mistake): string | undefined {
  const operator = /^no such overload: string ([!=]=) null/.exec(message)?.[1];
  const [, name, key] = /^order\.metadata(?:\.(\w+)|\[["']([^"']*)["']\])/.exec(rest) ?? [];
  if (operator === undefined || (name === undefined && key === undefined)) return undefined;
  const check = name === undefined ? `("${key}" in order.metadata)` : `has(order.metadata.${name})`;
  return `write ${operator === '==' ? '!' : ''}${check} to find out whether the key is absent`;
}

function findFieldHint({ message, before }: Mistake): string | undefined {
  if (!message.startsWith('No such key')) return undefined;
  const [subject, fields] = /\border\s*\.\s*$/.test(before) ? ['an order', orderFields] : ['an item', itemFields];
  return `${subject} has ${Object.keys(fields).join(', ')}`;
}

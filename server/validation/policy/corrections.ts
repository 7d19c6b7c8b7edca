// Corrects functions of the CEL library whose results differ from CEL: it counts the positions in a text in UTF-16 code
// units instead of characters, changes the case of letters outside ASCII, and converts texts that are not numbers.

import type { ASTNode } from '@marcbachmann/cel-js';
import { listNodes } from './expression-nodes.ts';

/** Calls a function with the values of its operands, of which the receiver is the first. */
type Call = (values: readonly unknown[]) => unknown;

/** The function that the library attaches to a node when it checks the node. The types of the library omit it. */
type HandleHolder = { handle?: (values: readonly unknown[], ...context: unknown[]) => unknown };

/** Each returns the result of a call whose first operand is a text. */
const corrections = new Map<string, (call: Call, text: string, operands: readonly unknown[]) => unknown>([
  ['lowerAscii', (_, text) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())],
  ['upperAscii', (_, text) => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase())],
  ...['substring', 'indexOf', 'lastIndexOf'].map((name) => [name, callWithCharacterPositions] as const),
  ['int', (call, text) => convertDecimalNumber(call, text, 'int', 'an integer')],
  ['uint', (call, text) => convertDecimalNumber(call, text, 'uint', 'an integer from 0')],
  ['double', (call, text) => convertDecimalNumber(call, text, 'double', 'a number')],
]);

/** Corrects every call of these functions in an expression that was checked, but not evaluated. */
export function correctFunctions(root: ASTNode): void {
  for (const node of listNodes(root)) {
    const correct = node.op === 'call' || node.op === 'rcall' ? corrections.get(node.args[0]) : undefined;
    const holder = node as ASTNode & HandleHolder;
    const { handle } = holder;
    if (!correct || !handle) continue;
    holder.handle = (values, ...context) => {
      const call: Call = (operands) => handle(operands, ...context);
      const [text, ...operands] = values;
      return typeof text === 'string' ? correct(call, text, operands) : call(values);
    };
  }
}

const characterBeyondTheBmp = /[\u{10000}-\u{10FFFF}]/u;

/** Converts the positions among the operands to those of the library, and a position that it returns back. */
function callWithCharacterPositions(call: Call, text: string, operands: readonly unknown[]): unknown {
  if (!characterBeyondTheBmp.test(text)) return call([text, ...operands]);
  const characters = [...text];
  const toLibraryPosition = (position: unknown): unknown => {
    if (typeof position !== 'bigint' || position < 0n) return position;
    const surplus = Math.max(0, Number(position) - characters.length);
    return BigInt(characters.slice(0, Number(position)).join('').length + surplus);
  };
  const result = call([text, ...operands.map(toLibraryPosition)]);
  return typeof result === 'bigint' && result > 0n ? BigInt([...text.slice(0, Number(result))].length) : result;
}

/** @throws Error the text is no such number, is empty, or has a prefix such as `0b` */
function convertDecimalNumber(call: Call, text: string, name: string, kind: string): unknown {
  const message = `${name}() cannot convert a text that is not ${kind}`;
  if (text === '' || /^[+-]?0[xob]/i.test(text)) throw new Error(message);
  try {
    return call([text]);
  } catch (cause) {
    throw new Error(message, { cause });
  }
}

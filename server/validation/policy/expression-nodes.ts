// The nodes of a parsed expression.

import { type ASTNode, ParseError } from '@marcbachmann/cel-js';

/** The library recurses once per level. Several thousand levels overflow the stack, but not in every evaluation. */
const maxLevels = 1_000;
const tooDeep = `the expression has more than ${maxLevels} nested operators; write chains of || as "x in [a, b]"`;

/**
 * Returns every node of an expression.
 * @throws ParseError the expression has more than 1,000 nested operators. A chain of operators is nested, too
 */
export function listNodes(root: ASTNode): ASTNode[] {
  const nodes: ASTNode[] = [];
  const remaining: { value: unknown; level: number }[] = [{ value: root, level: 1 }];
  for (let next = remaining.pop(); next; next = remaining.pop()) {
    const { value, level } = next;
    if (Array.isArray(value)) remaining.push(...value.map((element) => ({ value: element, level })));
    if (!isNode(value)) continue;
    if (level > maxLevels) throw new ParseError(tooDeep);
    nodes.push(value);
    if (value.op !== 'value') remaining.push({ value: value.args, level: level + 1 });
  }
  return nodes;
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

// The nodes of a parsed expression.

import { type ASTNode, ParseError } from '@marcbachmann/cel-js';

/** The library recurses for each level. Some thousands of levels exceed the stack in some evaluations only. */
const maxLevels = 1_000;

/**
 * Returns every node of an expression.
 * @throws ParseError the expression has more than 1,000 levels, as a chain of so many operators has
 */
export function listNodes(root: ASTNode): ASTNode[] {
  const nodes: ASTNode[] = [];
  const remaining: { value: unknown; level: number }[] = [{ value: root, level: 1 }];
  for (let next = remaining.pop(); next; next = remaining.pop()) {
    const { value, level } = next;
    if (Array.isArray(value)) remaining.push(...value.map((element) => ({ value: element, level })));
    if (!isNode(value)) continue;
    if (level > maxLevels) throw new ParseError('the expression has more than 1,000 levels of operators; use a list');
    nodes.push(value);
    if (value.op !== 'value') remaining.push({ value: value.args, level: level + 1 });
  }
  return nodes;
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

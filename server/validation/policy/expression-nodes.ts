// The nodes of a parsed expression.

import type { ASTNode } from '@marcbachmann/cel-js';

/** Returns every node of an expression. It does not recurse, because expressions can be deep. */
export function listNodes(root: ASTNode): ASTNode[] {
  const nodes: ASTNode[] = [];
  const remaining: unknown[] = [root];
  while (remaining.length > 0) {
    const next = remaining.pop();
    if (Array.isArray(next)) remaining.push(...next);
    if (!isNode(next)) continue;
    nodes.push(next);
    if (next.op !== 'value') remaining.push(next.args);
  }
  return nodes;
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

// Replaces `has` and `matches` of the CEL library, which differ from CEL: its `has` accepts a chain of names only and
// fields that do not exist, and its `matches` uses the regular expressions of JavaScript. The library refuses functions
// with these names, so both are replaced in the parsed expression.

import type { ASTNode, TypeDeclaration } from '@marcbachmann/cel-js';
import { listNodes } from './expression-nodes.ts';
import { compilePattern } from './re2-pattern.ts';

/** The parts of the library's type checker that macros use. It is not exported. */
type Checker = {
  check(node: ASTNode, context: unknown): TypeDeclaration;
  getType(name: string): TypeDeclaration;
  createError(code: string, message: string, node: ASTNode): Error;
};

/** The type of a value. `fieldLazy` returns undefined if there is no such field or key. */
type ValueType = Pick<TypeDeclaration, 'kind' | 'name'> & {
  fieldLazy(value: unknown, key: string, node: ASTNode, evaluator: Evaluator): unknown;
};

/** The parts of the library's evaluator that macros use. It is not exported. */
type Evaluator = {
  run(node: ASTNode, context: unknown): unknown;
  debugType(value: unknown): ValueType;
  createError(code: string, message: string, node: ASTNode): Error;
};

/** Checks and evaluates a call in place of the library. */
type Macro = {
  typeCheck(checker: Checker, macro: Macro, context: unknown): TypeDeclaration;
  evaluate(evaluator: Evaluator, macro: Macro, context: unknown): boolean;
};

/** The method of a node that attaches a macro. The types of the library omit it. */
type MacroHolder = { setMeta(key: 'macro', macro: Macro): void; setMeta(key: 'async', isAsync: boolean): void };

/** Replaces every call of `has` and `matches` in an expression that was parsed, but neither checked nor evaluated. */
export function replaceMacros(root: ASTNode): void {
  for (const node of listNodes(root)) {
    const macro = createMacro(node);
    if (!macro) continue;
    const holder = node as ASTNode & MacroHolder;
    holder.setMeta('macro', macro);
    holder.setMeta('async', false);
  }
}

function createMacro(node: ASTNode): Macro | undefined {
  if (node.op !== 'call' && node.op !== 'rcall') return undefined;
  const [name] = node.args;
  const operands = node.op === 'call' ? node.args[1] : [node.args[1], ...node.args[2]];
  const [first, second] = operands;
  if (name === 'has' && node.op === 'call' && first && !second) return createHas(first);
  if (name === 'matches' && first && second && operands.length === 2) return createMatches(node, first, second);
  return undefined;
}

/**
 * `has(value.field)`: whether a field is set or a map has a key. A field that is null is not set, as with the wrapper
 * types of CEL.
 */
function createHas(selection: ASTNode): Macro {
  return {
    typeCheck(checker, _, context) {
      if (selection.op !== '.') {
        throw checker.createError('invalid_macro_argument', 'has() requires a field as in has(order.note)', selection);
      }
      checker.check(selection, context);
      return checker.getType('bool');
    },
    evaluate(evaluator, _, context) {
      if (selection.op !== '.') return false;
      const [operand, field] = selection.args;
      const value = evaluator.run(operand, context);
      const type = evaluator.debugType(value);
      if (type.kind !== 'message' && type.kind !== 'map') {
        throw evaluator.createError('no_such_overload', `has() requires a map, got '${type.name}'`, selection);
      }
      const fieldValue = type.fieldLazy(value, field, selection, evaluator);
      return fieldValue !== undefined && !(fieldValue === null && type.kind === 'message');
    },
  };
}

/** `text.matches(pattern)` and `matches(text, pattern)`. A pattern that is a literal is compiled once. */
function createMatches(node: ASTNode, text: ASTNode, pattern: ASTNode): Macro {
  const describe = (types: string[]) => `found no matching overload for 'matches(${types.join(', ')})'`;
  let latest: { pattern: string; compiled: ReturnType<typeof compilePattern> } | undefined;
  const compile = (value: string, context: Checker | Evaluator) => {
    try {
      if (latest?.pattern !== value) latest = { pattern: value, compiled: compilePattern(value) };
      return latest.compiled;
    } catch (error) {
      throw context.createError('invalid_argument', error instanceof Error ? error.message : String(error), pattern);
    }
  };
  return {
    typeCheck(checker, _, context) {
      const types = [text, pattern].map((operand) => checker.check(operand, context));
      if (types.some(({ kind, name }) => kind !== 'dyn' && name !== 'string')) {
        throw checker.createError('no_matching_overload', describe(types.map(({ name }) => name)), node);
      }
      if (pattern.op === 'value' && typeof pattern.args === 'string') compile(pattern.args, checker);
      return checker.getType('bool');
    },
    evaluate(evaluator, _, context) {
      const [textValue, patternValue] = [evaluator.run(text, context), evaluator.run(pattern, context)];
      if (typeof textValue !== 'string' || typeof patternValue !== 'string') {
        const types = [textValue, patternValue].map((value) => evaluator.debugType(value).name);
        throw evaluator.createError('no_matching_overload', describe(types), node);
      }
      return compile(patternValue, evaluator).test(textValue);
    },
  };
}

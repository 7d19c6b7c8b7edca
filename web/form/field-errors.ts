// Assigns the errors of a rejected request to the fields of the order form.

import { countFractionDigits, type FieldError, ProblemError } from '@order-workflow/client';
import { type OrderDraft, toNewOrder } from './order-draft.ts';

/**
 * The field errors of a rejected request. For a number that could not be parsed, the error of the service is replaced
 * by one that describes the input format of the form.
 */
export function collectFieldErrors(error: Error | null, draft: OrderDraft): FieldError[] {
  if (!(error instanceof ProblemError) || error.problem.code !== 'invalid-request') return [];
  const formatErrors = findFormatErrors(draft);
  const pointers = new Set(formatErrors.map(({ pointer }) => pointer));
  return [...formatErrors, ...error.problem.errors.filter(({ pointer }) => !pointers.has(pointer))];
}

function findFormatErrors(draft: OrderDraft): FieldError[] {
  return toNewOrder(draft).items.flatMap(({ quantity, unitPrice }, index) => [
    ...(Number.isNaN(quantity) ? [{ pointer: `/items/${index}/quantity`, detail: 'must be a whole number' }] : []),
    ...(Number.isNaN(unitPrice)
      ? [{ pointer: `/items/${index}/unitPrice`, detail: describePrice(draft.currency) }]
      : []),
  ]);
}

function describePrice(currency: string): string {
  const digits = countFractionDigits(currency);
  return digits === 0 ? 'must be a whole number' : `must be an amount such as ${(12).toFixed(digits)}`;
}

/**
 * Keeps the errors of values that are unchanged since the draft was sent. Pointers to lines are adjusted to the current
 * position of the line.
 */
export function keepCurrentErrors(errors: readonly FieldError[], sent: OrderDraft, draft: OrderDraft): FieldError[] {
  return errors.flatMap((error) => {
    const [, sentIndex = '', name = ''] = /^(?:\/items\/(\d+))?\/(\w+)$/.exec(error.pointer) ?? [];
    if (sentIndex === '') {
      const field = toDraftField(name);
      return getValue(draft, field) === getValue(sent, field) ? [error] : [];
    }
    const sentLine = sent.lines[Number(sentIndex)];
    const index = draft.lines.findIndex(({ key }) => key === sentLine?.key);
    const isUnchanged = getValue(draft.lines[index], name) === getValue(sentLine, name);
    return index >= 0 && isUnchanged ? [{ ...error, pointer: `/items/${index}/${name}` }] : [];
  });
}

/** The field of the draft for a field of the order. */
function toDraftField(name: string): string {
  return name === 'items' ? 'lines' : name;
}

function getValue(fields: object | undefined, name: string): unknown {
  return fields && Object.entries(fields).find(([field]) => field === name)?.[1];
}

/** The error text of the field with this JSON pointer; undefined without an error. */
export function findErrorText(errors: readonly FieldError[], pointer: string): string | undefined {
  const details = errors.filter((error) => error.pointer === pointer).map(({ detail }) => detail);
  return details.length === 0 ? undefined : details.join('; ');
}

/** The errors for which the form has no field. */
export function findUnplacedErrors(errors: readonly FieldError[]): FieldError[] {
  const placed = /^\/(customerId|reference|currency|note|items(\/\d+\/(productId|quantity|unitPrice))?)$/;
  return errors.filter(({ pointer }) => !placed.test(pointer));
}

// Brings each fault of a refused request to the field it is about.

import { type FieldError, ProblemError } from '../../client/index.ts';
import { countFractionDigits } from '../text/money.ts';
import { type Draft, toNewOrder } from './draft.ts';

/** The faults of a refusal. Where the draft could not be read as a number, it is said in the words of the form. */
export function toFieldErrors(error: Error | null, draft: Draft): FieldError[] {
  if (!(error instanceof ProblemError) || error.problem.code !== 'invalid-request') return [];
  const unreadable = unreadableNumbers(draft);
  const pointers = new Set(unreadable.map(({ pointer }) => pointer));
  return [...unreadable, ...error.problem.errors.filter(({ pointer }) => !pointers.has(pointer))];
}

function unreadableNumbers(draft: Draft): FieldError[] {
  return toNewOrder(draft).items.flatMap(({ quantity, unitPrice }, index) => [
    ...(Number.isNaN(quantity) ? [{ pointer: `/items/${index}/quantity`, detail: 'must be a whole number' }] : []),
    ...(Number.isNaN(unitPrice) ? [{ pointer: `/items/${index}/unitPrice`, detail: priceHint(draft.currency) }] : []),
  ]);
}

function priceHint(currency: string): string {
  const digits = countFractionDigits(currency);
  return digits === 0 ? 'must be a whole number' : `must be an amount such as ${(12).toFixed(digits)}`;
}

/**
 * The faults that still hold: those of a value that was changed since it was sent are gone, those of a line have gone
 * with it to its new place.
 */
export function remainingErrors(faults: readonly FieldError[], sent: Draft, draft: Draft): FieldError[] {
  return faults.flatMap((fault) => {
    const [, place = '', name = ''] = /^(?:\/items\/(\d+))?\/(\w+)$/.exec(fault.pointer) ?? [];
    if (place === '') return valueAt(draft, draftFieldOf(name)) === valueAt(sent, draftFieldOf(name)) ? [fault] : [];
    const sentLine = sent.lines[Number(place)];
    const index = draft.lines.findIndex(({ key }) => key === sentLine?.key);
    const isSame = valueAt(draft.lines[index], name) === valueAt(sentLine, name);
    return index >= 0 && isSame ? [{ ...fault, pointer: `/items/${index}/${name}` }] : [];
  });
}

/** The field of the draft that becomes this one of the order. */
function draftFieldOf(name: string): string {
  return name === 'items' ? 'lines' : name;
}

function valueAt(fields: object | undefined, name: string): unknown {
  return fields && Object.entries(fields).find(([field]) => field === name)?.[1];
}

/** What is said beside the field at this pointer. */
export function findErrorAt(faults: readonly FieldError[], pointer: string): string | undefined {
  const details = faults.filter((fault) => fault.pointer === pointer).map(({ detail }) => detail);
  return details.length === 0 ? undefined : details.join('; ');
}

/** The faults that no field of the form shows. */
export function otherErrors(faults: readonly FieldError[]): FieldError[] {
  const shown = /^\/(customerId|reference|currency|note|items(\/\d+\/(productId|quantity|unitPrice))?)$/;
  return faults.filter(({ pointer }) => !shown.test(pointer));
}

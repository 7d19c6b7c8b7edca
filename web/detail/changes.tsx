// What an edit changed, field by field, from what to what.

import { fieldName } from './sentences.ts';

type Change = { from: unknown; to: unknown };

export function Changes({ changes }: { changes: Record<string, Change> }) {
  return (
    <ul className="text-xs/5 text-muted">
      {Object.entries(changes).map(([field, { from, to }]) => (
        <li key={field}>
          <span className="capitalize">{fieldName(field)}</span>: {changeText(valueText(from), valueText(to))}
        </li>
      ))}
    </ul>
  );
}

/** Lines are told without their prices, whose currency the event does not say. */
function changeText(from: string, to: string): string {
  return from === to ? 'other prices' : `${from} → ${to}`;
}

function valueText(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'none';
  if (Array.isArray(value)) return value.map(lineText).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function lineText({ productId, quantity }: { productId: string; quantity: number }): string {
  return `${quantity} × ${productId}`;
}

/** How many lines, in words. */
export function linesText(count: number): string {
  return count === 1 ? '1 line' : `${count} lines`;
}

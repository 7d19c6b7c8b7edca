// The fields that an edit changed, each with its old and new value.

import { toFieldLabel } from './event-text.ts';

type Change = { from: unknown; to: unknown };

/** `changes` is keyed by the name of the field. */
export function ChangeList({ changes }: { changes: Record<string, Change> }) {
  return (
    <ul className="text-xs/5 text-muted">
      {Object.entries(changes).map(([field, { from, to }]) => (
        <li key={field}>
          <span className="capitalize">{toFieldLabel(field)}</span>: {formatChange(formatValue(from), formatValue(to))}
        </li>
      ))}
    </ul>
  );
}

/** Equal texts mean that only prices changed: lines are formatted without prices, as the event has no currency. */
function formatChange(from: string, to: string): string {
  return from === to ? 'prices changed' : `${from} → ${to}`;
}

function formatValue(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'none';
  if (Array.isArray(value)) return value.map(formatLine).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function formatLine({ productId, quantity }: { productId: string; quantity: number }): string {
  return `${quantity} × ${productId}`;
}

/** Formats a number of lines: `1 line`, `2 lines`. */
export function formatLineCount(count: number): string {
  return count === 1 ? '1 line' : `${count} lines`;
}

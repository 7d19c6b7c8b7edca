// Findings of the validation rules.

import type { Finding } from '@order-workflow/client';

/** Lists the message of each finding with its rule. Renders nothing without findings. */
export function Findings({ findings }: { findings: readonly Finding[] }) {
  if (findings.length === 0) return null;
  return (
    <ul className="mt-1 space-y-0.5">
      {findings.map(({ rule, message }) => (
        <li key={`${rule} ${message}`} className="wrap-anywhere">
          {message} <span className="font-mono text-tiny opacity-75">{rule}</span>
        </li>
      ))}
    </ul>
  );
}

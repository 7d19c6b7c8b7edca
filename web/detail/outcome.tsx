// Why an order is where it is, when that needs saying: rejected, being validated, or a validation that is dead.

import type { ReactNode } from 'react';
import type { Order, Validation } from '../../client/index.ts';
import { useLatestValidation } from '../data/queries.ts';
import { Findings } from './findings.tsx';

export function Outcome({ order }: { order: Order }) {
  const { data: validation } = useLatestValidation(order);
  if (order.rejection) return <Rejected rejection={order.rejection} />;
  if (order.validation?.state === 'dead') return <Dead validation={validation} />;
  if (order.validation?.state === 'open') return <UnderWay validation={validation} />;
  return null;
}

const looks = { red: 'bg-red-soft text-red', amber: 'bg-amber-soft text-amber', grey: 'bg-sunken text-muted' };

function Callout({ tone, title, children }: { tone: keyof typeof looks; title: string; children?: ReactNode }) {
  return (
    <div className={`mx-5 mb-4 rounded-md px-3 py-2 wrap-anywhere ${looks[tone]}`}>
      <p className="font-medium">{title}</p>
      {children}
    </div>
  );
}

function Rejected({ rejection }: { rejection: NonNullable<Order['rejection']> }) {
  const { by, reason, findings = [] } = rejection;
  return (
    <Callout tone="red" title={by.type === 'system' ? 'Rejected by the validation rules' : `Rejected by ${by.id}`}>
      {findings.length === 0 ? <p className="whitespace-pre-wrap">{reason}</p> : <Findings findings={findings} />}
    </Callout>
  );
}

function Dead({ validation }: { validation: Validation | undefined }) {
  return (
    <Callout tone="amber" title="The latest validation could not be run">
      {validation?.error && <p>{validation.error}</p>}
      {validation && (
        <p className="mt-0.5 text-xs">
          Validation {validation.id}, given up after attempt {validation.attempt} of {validation.maxAttempts}. It can be
          retried.
        </p>
      )}
    </Callout>
  );
}

function UnderWay({ validation }: { validation: Validation | undefined }) {
  if (!validation) return null;
  const { id, state, attempt, maxAttempts, error } = validation;
  const progress = state === 'running' ? `runs, attempt ${attempt} of ${maxAttempts}` : 'waits for its turn';
  return (
    <Callout tone="grey" title={`Validation ${id} ${progress}`}>
      {error !== null && <p>The attempt before could not be run: {error}</p>}
    </Callout>
  );
}

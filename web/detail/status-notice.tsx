// A notice that explains the state of an order that was rejected, is being validated, or has a dead validation.

import type { Order, Validation } from '@order-workflow/client';
import type { ReactNode } from 'react';
import { useLatestValidation } from '../data/queries.ts';
import { Findings } from './findings.tsx';

/** Renders nothing for an order in any other state. */
export function StatusNotice({ order }: { order: Order }) {
  const { data: validation } = useLatestValidation(order);
  if (order.rejection) return <RejectionNotice rejection={order.rejection} />;
  if (order.validation?.state === 'dead') return <DeadValidationNotice validation={validation} />;
  if (order.validation?.state === 'open') return <OpenValidationNotice validation={validation} />;
  return null;
}

const toneClasses = { red: 'bg-red-soft text-red', amber: 'bg-amber-soft text-amber', grey: 'bg-sunken text-muted' };

function Callout({ tone, title, children }: { tone: keyof typeof toneClasses; title: string; children?: ReactNode }) {
  return (
    <div className={`mx-5 mb-4 rounded-md px-3 py-2 wrap-anywhere ${toneClasses[tone]}`}>
      <p className="font-medium">{title}</p>
      {children}
    </div>
  );
}

function RejectionNotice({ rejection }: { rejection: NonNullable<Order['rejection']> }) {
  const { by, reason, findings = [] } = rejection;
  return (
    <Callout tone="red" title={by.type === 'system' ? 'Rejected by the validation rules' : `Rejected by ${by.id}`}>
      {findings.length === 0 ? <p className="whitespace-pre-wrap">{reason}</p> : <Findings findings={findings} />}
    </Callout>
  );
}

function DeadValidationNotice({ validation }: { validation: Validation | undefined }) {
  return (
    <Callout tone="amber" title="The latest validation could not be run">
      {validation?.error && <p>{validation.error}</p>}
      {validation && (
        <p className="mt-0.5 text-xs">
          Validation {validation.id} was stopped after attempt {validation.attempt} of {validation.maxAttempts}. You can
          retry it.
        </p>
      )}
    </Callout>
  );
}

function OpenValidationNotice({ validation }: { validation: Validation | undefined }) {
  if (!validation) return null;
  const { id, state, attempt, maxAttempts, error } = validation;
  const progress = state === 'running' ? `is running, attempt ${attempt} of ${maxAttempts}` : 'is queued';
  return (
    <Callout tone="grey" title={`Validation ${id} ${progress}`}>
      {error !== null && <p>The previous attempt could not be run: {error}</p>}
    </Callout>
  );
}

// The fields of an order, for creating and for editing. It keeps the draft; whoever renders it sends what it gives.

import { type FormEvent, useEffect, useRef, useState } from 'react';
import type { FieldError } from '../../client/index.ts';
import { formatMoney } from '../text/money.ts';
import { Alert, ErrorAlert } from '../ui/alert.tsx';
import { Button } from '../ui/button.tsx';
import { DialogFoot } from '../ui/dialog.tsx';
import { TextAreaField, TextField } from '../ui/field.tsx';
import { CurrencyField } from './currency-field.tsx';
import { type Draft, toDraftTotal } from './draft.ts';
import { findErrorAt, otherErrors, remainingErrors, toFieldErrors } from './field-errors.ts';
import { LineFields } from './line-fields.tsx';

type OrderFormProps = {
  initial: Draft;
  submitLabel: string;
  isBusy: boolean;
  error: Error | null;
  onSubmit: (draft: Draft) => void;
  onCancel: () => void;
};

export function OrderForm({ initial, submitLabel, isBusy, error, onSubmit, onCancel }: OrderFormProps) {
  const [draft, setDraft] = useState(initial);
  const [sent, setSent] = useState(initial);
  const sentFaults = toFieldErrors(error, sent);
  const faults = remainingErrors(sentFaults, sent, draft);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [error]);
  const change = (changes: Partial<Draft>) => setDraft({ ...draft, ...changes });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isBusy) return;
    setSent(draft);
    onSubmit(draft);
  };
  return (
    <form ref={form} noValidate onSubmit={submit}>
      <div className="space-y-4 px-5 py-4">
        {error && sentFaults.length === 0 && <ErrorAlert error={error} />}
        {faults.length > 0 && <FaultsAlert faults={faults} />}
        <HeadFields draft={draft} faults={faults} onChange={change} />
        <LineFields draft={draft} faults={faults} onChange={(lines) => change({ lines })} />
        <TextAreaField
          label="Note"
          placeholder="Optional"
          value={draft.note}
          onChange={(note) => change({ note })}
          fault={findErrorAt(faults, '/note')}
        />
      </div>
      <DialogFoot>
        <p className="mr-auto">
          <span className="text-muted">Total</span>{' '}
          <span className="font-semibold">{formatMoney(toDraftTotal(draft), draft.currency)}</span>
        </p>
        <Button onPress={onCancel}>Cancel</Button>
        <Button type="submit" kind="primary" isDisabled={isBusy}>
          {submitLabel}
        </Button>
      </DialogFoot>
    </form>
  );
}

type FieldsProps = { draft: Draft; faults: FieldError[]; onChange: (changes: Partial<Draft>) => void };

function HeadFields({ draft, faults, onChange }: FieldsProps) {
  return (
    <div className="grid gap-3 sm:grid-cols-3">
      <TextField
        label="Customer"
        isRequired
        value={draft.customerId}
        onChange={(customerId) => onChange({ customerId })}
        fault={findErrorAt(faults, '/customerId')}
      />
      <TextField
        label="Reference"
        placeholder="Optional"
        value={draft.reference}
        onChange={(reference) => onChange({ reference })}
        fault={findErrorAt(faults, '/reference')}
      />
      <CurrencyField
        value={draft.currency}
        onChange={(currency) => onChange({ currency })}
        fault={findErrorAt(faults, '/currency')}
      />
    </div>
  );
}

/** Faults that have a field stand beside it; here is only said that there are some, and what has no field. */
function FaultsAlert({ faults }: { faults: FieldError[] }) {
  const others = otherErrors(faults);
  return (
    <Alert>
      <p className="font-medium">The order was not accepted. Please correct what is marked.</p>
      {others.map(({ pointer, detail }) => (
        <p key={`${pointer} ${detail}`}>
          {pointer} {detail}
        </p>
      ))}
    </Alert>
  );
}

// The form for creating and editing an order. It owns the draft and passes it to `onSubmit`.

import type { FieldError } from '@order-workflow/client';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { formatMoney } from '../format/money.ts';
import { Alert, ErrorAlert } from '../ui/alert.tsx';
import { Button } from '../ui/button.tsx';
import { DialogFooter } from '../ui/dialog.tsx';
import { TextAreaField, TextField } from '../ui/field.tsx';
import { CurrencyField } from './currency-field.tsx';
import { collectFieldErrors, findErrorText, findUnplacedErrors, keepCurrentErrors } from './field-errors.ts';
import { LineFields } from './line-fields.tsx';
import { type OrderDraft, toDraftTotal } from './order-draft.ts';

type OrderFormProps = {
  initial: OrderDraft;
  submitLabel: string;
  isBusy: boolean;
  error: Error | null;
  onSubmit: (draft: OrderDraft) => void;
  onCancel: () => void;
};

/** Shows field errors next to their fields after a rejected request, until the user changes the field. */
export function OrderForm({ initial, submitLabel, isBusy, error, onSubmit, onCancel }: OrderFormProps) {
  const [draft, setDraft] = useState(initial);
  const [sent, setSent] = useState(initial);
  const sentErrors = collectFieldErrors(error, sent);
  const errors = keepCurrentErrors(sentErrors, sent, draft);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [error]);
  const change = (changes: Partial<OrderDraft>) => setDraft({ ...draft, ...changes });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isBusy) return;
    setSent(draft);
    onSubmit(draft);
  };
  return (
    <form ref={form} noValidate onSubmit={submit}>
      <div className="space-y-4 px-5 py-4">
        {error && sentErrors.length === 0 && <ErrorAlert error={error} />}
        {errors.length > 0 && <FieldErrorsAlert errors={errors} />}
        <HeaderFields draft={draft} errors={errors} onChange={change} />
        <LineFields draft={draft} errors={errors} onChange={(lines) => change({ lines })} />
        <TextAreaField
          label="Note"
          placeholder="Optional"
          value={draft.note}
          onChange={(note) => change({ note })}
          error={findErrorText(errors, '/note')}
        />
      </div>
      <DialogFooter>
        <p className="mr-auto">
          <span className="text-muted">Total</span>{' '}
          <span className="font-semibold">{formatMoney(toDraftTotal(draft), draft.currency)}</span>
        </p>
        <Button onPress={onCancel}>Cancel</Button>
        <Button type="submit" kind="primary" isDisabled={isBusy}>
          {submitLabel}
        </Button>
      </DialogFooter>
    </form>
  );
}

type HeaderFieldsProps = {
  draft: OrderDraft;
  errors: FieldError[];
  onChange: (changes: Partial<OrderDraft>) => void;
};

function HeaderFields({ draft, errors, onChange }: HeaderFieldsProps) {
  return (
    <div className="grid gap-3 sm:grid-cols-3">
      <TextField
        label="Customer"
        isRequired
        value={draft.customerId}
        onChange={(customerId) => onChange({ customerId })}
        error={findErrorText(errors, '/customerId')}
      />
      <TextField
        label="Reference"
        placeholder="Optional"
        value={draft.reference}
        onChange={(reference) => onChange({ reference })}
        error={findErrorText(errors, '/reference')}
      />
      <CurrencyField
        value={draft.currency}
        onChange={(currency) => onChange({ currency })}
        error={findErrorText(errors, '/currency')}
      />
    </div>
  );
}

/** Announces that fields have errors, and lists the errors for which the form has no field. */
function FieldErrorsAlert({ errors }: { errors: FieldError[] }) {
  return (
    <Alert>
      <p className="font-medium">The order was not accepted. Please correct the marked fields.</p>
      {findUnplacedErrors(errors).map(({ pointer, detail }) => (
        <p key={`${pointer} ${detail}`}>
          {pointer} {detail}
        </p>
      ))}
    </Alert>
  );
}

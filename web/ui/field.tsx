// A labelled field of a form: its hint and its fault stand under it, and screen readers read them with it.

import { type ReactNode, useId } from 'react';

const controlShape =
  'w-full rounded-md border bg-raised px-2.5 text-ink placeholder:text-muted/70 max-sm:text-base ' +
  'aria-invalid:border-red border-line-strong';

type FieldProps = {
  label: string;
  /** The whole name, where a screen reader needs to hear more than the label: which of several it is. */
  name?: string;
  /** Whether the label is only heard where there is room for a heading over a column of fields. */
  isColumn?: boolean;
  fault?: string | undefined;
};

type ControlProps = {
  id: string;
  'aria-label': string | undefined;
  'aria-invalid': boolean;
  'aria-describedby': string | undefined;
};

function Field(props: FieldProps & { children: (control: ControlProps) => ReactNode }) {
  const { label, name, isColumn = false, fault, children } = props;
  const id = useId();
  const faultId = fault === undefined ? undefined : `${id}-fault`;
  return (
    <div className="min-w-0">
      <label htmlFor={id} className={`mb-1 block text-xs font-medium text-muted ${isColumn ? 'sm:sr-only' : ''}`}>
        {label}
      </label>
      {children({ id, 'aria-label': name, 'aria-invalid': fault !== undefined, 'aria-describedby': faultId })}
      <FieldErrorText id={faultId} fault={fault} />
    </div>
  );
}

/** What is wrong with a field, or with several together; nothing where nothing is. */
export function FieldErrorText({ id, fault }: { id: string | undefined; fault: string | undefined }) {
  if (fault === undefined) return null;
  return (
    <p id={id} className="mt-1 text-xs text-red">
      {fault}
    </p>
  );
}

type ValueProps = { value: string; onChange: (value: string) => void };

type TextFieldProps = FieldProps &
  ValueProps & { placeholder?: string; inputMode?: 'numeric' | 'decimal'; isRequired?: boolean };

export function TextField({ value, onChange, placeholder, inputMode, isRequired, ...field }: TextFieldProps) {
  return (
    <Field {...field}>
      {(control) => (
        <input
          {...control}
          className={`${controlShape} h-8 ${inputMode === undefined ? '' : 'text-right'}`}
          autoComplete="off"
          placeholder={placeholder}
          inputMode={inputMode}
          aria-required={isRequired}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

export function TextAreaField({
  value,
  onChange,
  placeholder,
  isCode = false,
  ...field
}: FieldProps & ValueProps & { placeholder?: string; isCode?: boolean }) {
  return (
    <Field {...field}>
      {(control) => (
        <textarea
          {...control}
          className={`${controlShape} block min-h-16 py-1.5 ${isCode ? 'font-mono text-xs break-all' : ''}`}
          rows={isCode ? 5 : 2}
          autoComplete={isCode ? 'off' : undefined}
          spellCheck={!isCode}
          placeholder={placeholder}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

export function SelectField({
  value,
  onChange,
  children,
  ...field
}: FieldProps & ValueProps & { children: ReactNode }) {
  return (
    <Field {...field}>
      {(control) => (
        <select
          {...control}
          className={`${controlShape} h-8`}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        >
          {children}
        </select>
      )}
    </Field>
  );
}

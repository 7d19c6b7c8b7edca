// Labelled form fields. An error is shown below its field and is linked with `aria-describedby`.

import { type ReactNode, useId } from 'react';

const controlClasses =
  'w-full rounded-md border bg-raised px-2.5 text-ink placeholder:text-muted/70 max-sm:text-base ' +
  'aria-invalid:border-red border-line-strong';

type FieldProps = {
  label: string;
  /** The accessible name, if it differs from the label: for example, with the number of the line. */
  name?: string;
  /** Whether the label is visually hidden on a wide screen, where the first field of the column shows it. */
  isColumn?: boolean;
  error?: string | undefined;
};

type ControlProps = {
  id: string;
  'aria-label': string | undefined;
  'aria-invalid': boolean;
  'aria-describedby': string | undefined;
};

function Field(props: FieldProps & { children: (control: ControlProps) => ReactNode }) {
  const { label, name, isColumn = false, error, children } = props;
  const id = useId();
  const errorId = error === undefined ? undefined : `${id}-error`;
  return (
    <div className="min-w-0">
      <label htmlFor={id} className={`mb-1 block text-xs font-medium text-muted ${isColumn ? 'sm:sr-only' : ''}`}>
        {label}
      </label>
      {children({ id, 'aria-label': name, 'aria-invalid': error !== undefined, 'aria-describedby': errorId })}
      <FieldErrorText id={errorId} error={error} />
    </div>
  );
}

/** The error of a field or of a group of fields. Renders nothing without an error. */
export function FieldErrorText({ id, error }: { id: string | undefined; error: string | undefined }) {
  if (error === undefined) return null;
  return (
    <p id={id} className="mt-1 text-xs text-red">
      {error}
    </p>
  );
}

type ValueProps = { value: string; onChange: (value: string) => void };

type TextFieldProps = FieldProps &
  ValueProps & { placeholder?: string; inputMode?: 'numeric' | 'decimal'; isRequired?: boolean };

/** A single-line text field. Numbers are aligned to the right. */
export function TextField({ value, onChange, placeholder, inputMode, isRequired, ...field }: TextFieldProps) {
  return (
    <Field {...field}>
      {(control) => (
        <input
          {...control}
          className={`${controlClasses} h-8 ${inputMode === undefined ? '' : 'text-right'}`}
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

/** A multi-line text field. `isCode` selects a monospace font and turns off spell checking and autocomplete. */
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
          className={`${controlClasses} block min-h-16 py-1.5 ${isCode ? 'font-mono text-xs break-all' : ''}`}
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

/** A drop-down list. `children` are its options. */
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
          className={`${controlClasses} h-8`}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        >
          {children}
        </select>
      )}
    </Field>
  );
}

// The lines of an order in a form. On a wide screen, the fields form columns below the labels of the first line.

import type { FieldError } from '@order-workflow/client';
import { useId, useRef } from 'react';
import { formatMoney } from '../format/money.ts';
import { Button } from '../ui/button.tsx';
import { FieldErrorText, TextField } from '../ui/field.tsx';
import { CrossIcon, PlusIcon } from '../ui/icons.tsx';
import { findErrorText } from './field-errors.ts';
import { createEmptyLine, type LineDraft, type OrderDraft, toLineAmount } from './order-draft.ts';

type LineFieldsProps = { draft: OrderDraft; errors: FieldError[]; onChange: (lines: LineDraft[]) => void };

/** The fields of all lines, and a button that adds a line. */
export function LineFields({ draft, errors, onChange }: LineFieldsProps) {
  const { lines, currency } = draft;
  const rows = useRef<HTMLDivElement>(null);
  const errorId = useId();
  const itemsError = findErrorText(errors, '/items');
  const remove = (index: number) => {
    // The focused button is removed with its line: focus the line that takes its place, or the last one.
    const neighbour = rows.current?.children[index === lines.length - 1 ? index - 1 : index + 1];
    neighbour?.querySelector('input')?.focus();
    onChange(lines.toSpliced(index, 1));
  };
  return (
    <fieldset className="border-y border-line py-3" aria-describedby={itemsError === undefined ? undefined : errorId}>
      <legend className="sr-only">Items</legend>
      <div ref={rows} className="space-y-2 max-sm:space-y-4">
        {lines.map((line, index) => (
          <Line
            key={line.key}
            line={line}
            index={index}
            currency={currency}
            errors={errors}
            isOnly={lines.length === 1}
            onChange={(changed) => onChange(lines.with(index, changed))}
            onRemove={() => remove(index)}
          />
        ))}
      </div>
      <FieldErrorText id={errorId} error={itemsError} />
      <div className="mt-3">
        <Button onPress={() => onChange([...lines, createEmptyLine()])}>
          <PlusIcon />
          Add line
        </Button>
      </div>
    </fieldset>
  );
}

const columns =
  'grid grid-cols-[minmax(0,1fr)_minmax(0,1.4fr)_2rem] gap-2 ' +
  'sm:grid-cols-[minmax(0,1fr)_6rem_8rem_8rem_2rem] sm:gap-3';

const labels = { productId: 'Product', quantity: 'Quantity', unitPrice: 'Unit price' };

type LineProps = {
  line: LineDraft;
  index: number;
  currency: string;
  errors: FieldError[];
  isOnly: boolean;
  onChange: (line: LineDraft) => void;
  onRemove: () => void;
};

function Line({ line, index, currency, errors, isOnly, onChange, onRemove }: LineProps) {
  const amount = toLineAmount(line, currency);
  const getFieldProps = (name: keyof typeof labels) => ({
    value: line[name],
    onChange: (value: string) => onChange({ ...line, [name]: value }),
    error: findErrorText(errors, `/items/${index}/${name}`),
    label: labels[name],
    name: `${labels[name]}, line ${index + 1}`,
    isColumn: index > 0,
    isRequired: true,
  });
  const labelOffset = index > 0 ? 'max-sm:mt-5' : 'mt-5';
  return (
    <div className={columns}>
      <div className="max-sm:col-span-3">
        <TextField {...getFieldProps('productId')} />
      </div>
      <TextField inputMode="numeric" {...getFieldProps('quantity')} />
      <TextField inputMode="decimal" placeholder="0" {...getFieldProps('unitPrice')} />
      <p className={`self-start truncate py-1.5 text-right text-muted max-sm:hidden ${labelOffset}`}>
        {amount === undefined ? '–' : formatMoney(amount, currency)}
      </p>
      <div className={labelOffset}>
        <Button kind="quiet" label={`Remove line ${index + 1}`} isDisabled={isOnly} onPress={onRemove}>
          <CrossIcon />
        </Button>
      </div>
    </div>
  );
}

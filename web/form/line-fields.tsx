// The lines of an order being typed. On a wide screen they are columns under the labels of the first line.

import { useId, useRef } from 'react';
import type { FieldError } from '../../client/index.ts';
import { formatMoney } from '../text/money.ts';
import { Button } from '../ui/button.tsx';
import { FieldErrorText, TextField } from '../ui/field.tsx';
import { CrossIcon, PlusIcon } from '../ui/icons.tsx';
import { type Draft, type DraftLine, emptyLine, toLineAmount } from './draft.ts';
import { findErrorAt } from './field-errors.ts';

type LineFieldsProps = { draft: Draft; faults: FieldError[]; onChange: (lines: DraftLine[]) => void };

export function LineFields({ draft, faults, onChange }: LineFieldsProps) {
  const { lines, currency } = draft;
  const rows = useRef<HTMLDivElement>(null);
  const faultId = useId();
  const fault = findErrorAt(faults, '/items');
  const remove = (index: number) => {
    // The button leaves with its line, so the keyboard goes to the line that takes its place, or to the last one.
    const neighbour = rows.current?.children[index === lines.length - 1 ? index - 1 : index + 1];
    neighbour?.querySelector('input')?.focus();
    onChange(lines.toSpliced(index, 1));
  };
  return (
    <fieldset className="border-y border-line py-3" aria-describedby={fault === undefined ? undefined : faultId}>
      <legend className="sr-only">Items</legend>
      <div ref={rows} className="space-y-2 max-sm:space-y-4">
        {lines.map((line, index) => (
          <Line
            key={line.key}
            line={line}
            index={index}
            currency={currency}
            faults={faults}
            isOnly={lines.length === 1}
            onChange={(changed) => onChange(lines.with(index, changed))}
            onRemove={() => remove(index)}
          />
        ))}
      </div>
      <FieldErrorText id={faultId} fault={fault} />
      <div className="mt-3">
        <Button onPress={() => onChange([...lines, emptyLine()])}>
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
  line: DraftLine;
  index: number;
  currency: string;
  faults: FieldError[];
  isOnly: boolean;
  onChange: (line: DraftLine) => void;
  onRemove: () => void;
};

function Line({ line, index, currency, faults, isOnly, onChange, onRemove }: LineProps) {
  const amount = toLineAmount(line, currency);
  const fieldOf = (name: keyof typeof labels) => ({
    value: line[name],
    onChange: (value: string) => onChange({ ...line, [name]: value }),
    fault: findErrorAt(faults, `/items/${index}/${name}`),
    label: labels[name],
    name: `${labels[name]}, line ${index + 1}`,
    isColumn: index > 0,
    isRequired: true,
  });
  const belowLabel = index > 0 ? 'max-sm:mt-5' : 'mt-5';
  return (
    <div className={columns}>
      <div className="max-sm:col-span-3">
        <TextField {...fieldOf('productId')} />
      </div>
      <TextField inputMode="numeric" {...fieldOf('quantity')} />
      <TextField inputMode="decimal" placeholder="0" {...fieldOf('unitPrice')} />
      <p className={`self-start truncate py-1.5 text-right text-muted max-sm:hidden ${belowLabel}`}>
        {amount === undefined ? '–' : formatMoney(amount, currency)}
      </p>
      <div className={belowLabel}>
        <Button kind="quiet" label={`Remove line ${index + 1}`} isDisabled={isOnly} onPress={onRemove}>
          <CrossIcon />
        </Button>
      </div>
    </div>
  );
}

// The lines of an order being typed. On a wide screen they are columns under the labels of the first line.

import type { Fault } from '../../client/index.ts';
import { formatMoney } from '../text/money.ts';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/field.tsx';
import { CrossIcon, PlusIcon } from '../ui/icons.tsx';
import { amountOf, type Draft, type DraftLine, emptyLine } from './draft.ts';
import { faultAt } from './faults.ts';

type LineFieldsProps = { draft: Draft; faults: Fault[]; onChange: (lines: DraftLine[]) => void };

export function LineFields({ draft, faults, onChange }: LineFieldsProps) {
  const { lines, currency } = draft;
  return (
    <fieldset className="border-y border-line py-3">
      <legend className="sr-only">Items</legend>
      <div className="space-y-2 max-sm:space-y-4">
        {lines.map((line, index) => (
          <Line
            key={line.key}
            line={line}
            index={index}
            currency={currency}
            faults={faults}
            isOnly={lines.length === 1}
            onChange={(changed) => onChange(lines.with(index, changed))}
            onRemove={() => onChange(lines.toSpliced(index, 1))}
          />
        ))}
      </div>
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

type LineProps = {
  line: DraftLine;
  index: number;
  currency: string;
  faults: Fault[];
  isOnly: boolean;
  onChange: (line: DraftLine) => void;
  onRemove: () => void;
};

function Line({ line, index, currency, faults, isOnly, onChange, onRemove }: LineProps) {
  const amount = amountOf(line, currency);
  const fieldOf = (name: 'productId' | 'quantity' | 'unitPrice') => ({
    value: line[name],
    onChange: (value: string) => onChange({ ...line, [name]: value }),
    fault: faultAt(faults, `/items/${index}/${name}`),
    labelSuffix: `, line ${index + 1}`,
    isColumn: index > 0,
    isRequired: true,
  });
  const belowLabel = index > 0 ? 'max-sm:mt-5' : 'mt-5';
  return (
    <div className={columns}>
      <div className="max-sm:col-span-3">
        <TextField label="Product" {...fieldOf('productId')} />
      </div>
      <TextField label="Quantity" inputMode="numeric" {...fieldOf('quantity')} />
      <TextField label="Unit price" inputMode="decimal" placeholder="0" {...fieldOf('unitPrice')} />
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

// A drop-down list of the supported currencies, by code and name.

import { currencies } from '@order-workflow/client';
import { SelectField } from '../ui/field.tsx';

const names = new Intl.DisplayNames(undefined, { type: 'currency', fallback: 'none' });

const options = currencies.map((code) => {
  const name = names.of(code);
  return { code, text: name === undefined ? code : `${code} – ${name}` };
});

type CurrencyFieldProps = { value: string; onChange: (value: string) => void; error: string | undefined };

/** Names are in the language of the browser. */
export function CurrencyField(props: CurrencyFieldProps) {
  return (
    <SelectField label="Currency" {...props}>
      {options.map(({ code, text }) => (
        <option key={code} value={code}>
          {text}
        </option>
      ))}
    </SelectField>
  );
}

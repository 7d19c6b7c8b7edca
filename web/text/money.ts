// Money between its two forms: integers in minor units on the wire, decimals in major units for people.
// All of it is exact: no amount ever becomes a binary fraction.

// ISO 4217; every other currency has two digits. Not taken from Intl, whose digits follow custom: it gives the Iraqi
// dinar none where the standard has three, and an amount would be shown a thousandfold.
const unusualDigits = new Map([
  ...['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG'].map((code) => [code, 0] as const),
  ...['RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'].map((code) => [code, 0] as const),
  ...['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'].map((code) => [code, 3] as const),
]);

/** How many decimal digits the minor unit of a currency stands for. */
export function countFractionDigits(currency: string): number {
  return unusualDigits.get(currency) ?? 2;
}

/** `1250` in EUR is `12.50`: a plain decimal, as it can be typed. */
export function toDecimal(minorUnits: number | bigint, currency: string): `${number}` {
  const digits = countFractionDigits(currency);
  const padded = String(minorUnits).padStart(digits + 1, '0');
  const whole = padded.slice(0, padded.length - digits);
  const decimal = digits === 0 ? whole : `${whole}.${padded.slice(-digits)}`;
  return decimal as `${number}`;
}

/**
 * Reads a decimal in major units: `12.50` and `12,50` in EUR are `1250`. More digits than the currency has, thousands
 * separators and signs are not understood, and come back as `undefined`.
 */
export function toMinorUnits(decimal: string, currency: string): number | undefined {
  const digits = countFractionDigits(currency);
  const [match, whole = '', fraction = ''] = /^(\d+)(?:[.,](\d+))?$/.exec(decimal.trim()) ?? [];
  if (match === undefined || fraction.length > digits) return undefined;
  const minorUnits = Number(whole + fraction.padEnd(digits, '0'));
  return Number.isSafeInteger(minorUnits) ? minorUnits : undefined;
}

/** An amount as people of this browser's language write it: `€12.50`. */
export function formatMoney(minorUnits: number | bigint, currency: string): string {
  return formatOf(currency).format(toDecimal(minorUnits, currency));
}

const formats = new Map<string, Intl.NumberFormat>();

function formatOf(currency: string): Intl.NumberFormat {
  const known = formats.get(currency);
  if (known) return known;
  const digits = countFractionDigits(currency);
  const format = new Intl.NumberFormat(undefined, {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  formats.set(currency, format);
  return format;
}

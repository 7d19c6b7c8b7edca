// Converts amounts between integers in minor units, as in the API, and decimals in major units, as shown and typed.
// Conversions are exact: they work on decimal digits and never use floating-point arithmetic.

import { countFractionDigits } from '@order-workflow/client';

/** Converts minor units to a plain decimal: `1250` in EUR is `12.50`. */
export function toDecimal(minorUnits: number | bigint, currency: string): `${number}` {
  const digits = countFractionDigits(currency);
  const padded = String(minorUnits).padStart(digits + 1, '0');
  const whole = padded.slice(0, padded.length - digits);
  const decimal = digits === 0 ? whole : `${whole}.${padded.slice(-digits)}`;
  return decimal as `${number}`;
}

/**
 * Parses a decimal in major units: `12.50` and `12,50` in EUR are `1250`. Returns `undefined` for too many decimal
 * digits, thousands separators, signs, and numbers above `Number.MAX_SAFE_INTEGER`.
 */
export function toMinorUnits(decimal: string, currency: string): number | undefined {
  const digits = countFractionDigits(currency);
  const [match, whole = '', fraction = ''] = /^(\d+)(?:[.,](\d+))?$/.exec(decimal.trim()) ?? [];
  if (match === undefined || fraction.length > digits) return undefined;
  const minorUnits = Number(whole + fraction.padEnd(digits, '0'));
  return Number.isSafeInteger(minorUnits) ? minorUnits : undefined;
}

/** Formats an amount in the language of the browser: `€12.50`. */
export function formatMoney(minorUnits: number | bigint, currency: string): string {
  return getFormat(currency).format(toDecimal(minorUnits, currency));
}

const formats = new Map<string, Intl.NumberFormat>();

function getFormat(currency: string): Intl.NumberFormat {
  const cached = formats.get(currency);
  if (cached) return cached;
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

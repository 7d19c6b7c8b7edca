// Tells numbers that a double keeps from those that it rounds.

/** Decimals of up to so many digits all come back from a double as they were (IEEE 754, `DBL_DIG`). */
const exactDigits = 15;

/**
 * What is wrong with a number of a JSON text, undefined where nothing is: a reader would not get the number that was
 * written (RFC 8259, section 6), but another that is near it. Spellings make no difference: `1.0`, `1e0` and `1`.
 */
export function findRounding(token: string): string | undefined {
  if (token.length <= exactDigits && !/e/i.test(token)) return undefined;
  const value = Number(token);
  if (!Number.isFinite(value)) return 'is too large a number';
  const written = String(value);
  return normalized(token) === normalized(written) ? undefined : `would be rounded to ${written}`;
}

/** A number as its significant digits and a power of ten, without its sign, in time that grows with its length. */
function normalized(number: string): string {
  const [mantissa = '', exponent = '0'] = number.replace(/^-/, '').split(/e/i);
  const [integer = '', fraction = ''] = mantissa.split('.');
  const digits = integer + fraction;
  let begin = 0;
  while (digits[begin] === '0') begin += 1;
  let end = digits.length;
  while (end > begin && digits[end - 1] === '0') end -= 1;
  if (begin === end) return '0';
  const power = Number(exponent) - fraction.length + (digits.length - end);
  return `${digits.slice(begin, end)}e${power}`;
}

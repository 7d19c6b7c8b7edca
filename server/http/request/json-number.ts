// Detects numbers that a double cannot represent exactly.

/** Decimals of up to this many digits survive the conversion to a double and back (IEEE 754, `DBL_DIG`). */
const exactDigits = 15;

/**
 * Describes how a number would be rounded; undefined if it is exact. Readers would get a different number than the one
 * that was written (RFC 8259, section 6). `1.0`, `1e0` and `1` are the same number.
 */
export function findRounding(token: string): string | undefined {
  if (token.length <= exactDigits && !/e/i.test(token)) return undefined;
  const value = Number(token);
  if (!Number.isFinite(value)) return 'is too large';
  const written = String(value);
  return normalize(token) === normalize(written) ? undefined : `would be rounded to ${written}`;
}

/** Returns significant digits and a power of ten, without the sign, in linear time. */
function normalize(number: string): string {
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

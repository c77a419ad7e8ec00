const DECIMAL = /^-?\d+(\.\d+)?$/;

/**
 * The exact sum of two numbers as text: strings from the graph are exact and stay so. JSON numbers with an exponent have no more
 * digits than a double holds, and are added as such.
 */
export function addDecimals(left: string, right: string): string {
  if (!DECIMAL.test(left) || !DECIMAL.test(right)) return String(Number(left) + Number(right));
  const digits = Math.max(fractionOf(left), fractionOf(right));
  const sum = scaled(left, digits) + scaled(right, digits);
  if (digits === 0) return String(sum);
  const text = String(sum < 0n ? -sum : sum).padStart(digits + 1, '0');
  return `${sum < 0n ? '-' : ''}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

function fractionOf(text: string): number {
  const dot = text.indexOf('.');
  return dot < 0 ? 0 : text.length - dot - 1;
}

function scaled(text: string, digits: number): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(digits, '0'));
}

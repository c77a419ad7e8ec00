/** Traits per asset; tokens have about a dozen. */
export const traitsAtMost = 50;

/** 100 × part ÷ whole with two decimals, half to even. */
export function percentOf(part: number, whole: number): string {
  const [scaled, by] = [BigInt(part) * 10_000n, BigInt(whole)];
  const [down, rest] = [scaled / by, (scaled % by) * 2n];
  const hundredths = rest > by || (rest === by && down % 2n === 1n) ? down + 1n : down;
  const digits = String(hundredths).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

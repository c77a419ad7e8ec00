/** A price band: from this price (in minor units), the next bid must be higher by at least `step`. */
export interface Increment {
  from: bigint;
  step: bigint;
}

/** Bands per auction, at most; the published table has ten. */
export const incrementsAtMost = 30;

/**
 * The increment (second) from a price (first) on, both in hundredths of a major unit. Source: eBay, "Automatic bidding", table of bid
 * increments (0.05 below 1.00, 0.25 below 5.00 … 100.00 from 5,000.00 on); unchanged since the nineties.
 */
const published: readonly (readonly [from: bigint, step: bigint])[] = [
  [0n, 5n],
  [100n, 25n],
  [500n, 50n],
  [2_500n, 100n],
  [10_000n, 250n],
  [25_000n, 500n],
  [50_000n, 1_000n],
  [100_000n, 2_500n],
  [250_000n, 5_000n],
  [500_000n, 10_000n],
];

/**
 * The published table for a currency with this number of decimals. An increment finer than the currency becomes one minor unit, so yen
 * start with increments of one.
 */
export function publishedIncrements(exponent: number): Increment[] {
  const scaled = (hundredths: bigint): bigint => (hundredths * 10n ** BigInt(exponent)) / 100n;
  return published.map(([from, step]) => ({ from: scaled(from), step: scaled(step) || 1n }));
}

/** How much higher than `price` the next bid must be. The bands start at zero and ascend. */
export function incrementAt(increments: readonly Increment[], price: bigint): bigint {
  let step: bigint | null = null;
  for (const band of increments) {
    if (band.from > price) break;
    step = band.step;
  }
  if (step === null) throw new Error('The bands of increments must start at zero.');
  return step;
}

/** The fault of a table of increments, or `null`. */
export function incrementsFault(increments: readonly Increment[]): string | null {
  if (increments.length === 0 || increments.length > incrementsAtMost)
    return `increments: must have 1 to ${incrementsAtMost} bands.`;
  if (increments[0]?.from !== 0n) return 'increments: the first band must start at zero.';
  if (increments.some(({ step }) => step <= 0n)) return 'increments: each step must be more than zero.';
  if (increments.some(({ from }, n) => n > 0 && from <= (increments[n - 1] as Increment).from))
    return 'increments: the bands must be in ascending order.';
  return null;
}

/** Of all recorded auctions that the loader reads. */
export const currency = 'USD';

/**
 * eBay's increments of the time: from a price of … on, a step of …. Source: eBay, "Automatic bidding", table of bid increments.
 * They are given with each lot, so that a replay does not change when the house takes others as its own.
 */
export const increments = [
  { from: '0', step: '0.05' },
  { from: '1', step: '0.25' },
  { from: '5', step: '0.50' },
  { from: '25', step: '1' },
  { from: '100', step: '2.50' },
  { from: '250', step: '5' },
  { from: '500', step: '10' },
  { from: '1000', step: '25' },
  { from: '2500', step: '50' },
  { from: '5000', step: '100' },
] as const;

/** Days from when its asset was made to when a lot would end by itself: far behind the replay, and within the graph's 400. */
const daysOpen = 390;

/** When a lot would end by itself. It follows from its asset, so that whoever resumes says the same. */
export function endOf(assetCreatedAt: string): string {
  return new Date(Date.parse(assetCreatedAt) + daysOpen * 86_400_000).toISOString();
}

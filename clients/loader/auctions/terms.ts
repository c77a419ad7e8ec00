/** The currency of all recorded auctions. */
export const currency = 'USD';

/**
 * eBay's increments of the time: the step from a price on. Source: eBay, "Automatic bidding", table of bid increments. They are sent
 * with each lot, so that a replay does not change if the server changes its defaults.
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

/** Days from the creation of its asset to a lot's latest end: far after the replay, and within the graph's 400. */
const daysOpen = 390;

/** A lot's latest end. It is derived from its asset, so that it is the same after a resume. */
export function endOf(assetCreatedAt: string): string {
  return new Date(Date.parse(assetCreatedAt) + daysOpen * 86_400_000).toISOString();
}

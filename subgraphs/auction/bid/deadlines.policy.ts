/** Milliseconds before the end from which the stricter rule of withdrawal applies. */
const lastHours = 12 * 3600 * 1000;

/**
 * Whether a lot may be withdrawn: at any time before the last twelve hours; then only without bids, because with bids it can be ended
 * early only by selling to the highest bidder. Source: eBay, "Ending your listing early". Nobody may learn whether there are sealed
 * bids, so a lot that takes them counts as one with bids.
 */
export function cancellable(lot: { bids: number; sealed: boolean; endsAt: Date }, now: Date): boolean {
  return lot.endsAt.getTime() - now.getTime() >= lastHours || (lot.bids === 0 && !lot.sealed);
}

/**
 * The soft close: each bid within the last `seconds` moves the end to `seconds` after the bid, until there is none for that long.
 * Source: A. Roth and A. Ockenfels, "Last-Minute Bidding and the Rules for Ending Second-Price Auctions", American Economic Review 92,
 * 2002 (the rule of Amazon's auctions).
 */
export function extendedEnd(endsAt: Date, seconds: number, bidAt: Date): Date {
  const quiet = new Date(bidAt.getTime() + seconds * 1000);
  return quiet > endsAt ? quiet : endsAt;
}

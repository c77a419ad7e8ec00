/** The hour that divides the rules of cancelling, in milliseconds before the end. */
const lastHours = 12 * 3600 * 1000;

/**
 * Whether a lot may be withdrawn: any time before the last twelve hours; then only while nobody has bid, since from there on it
 * can be ended early by selling to the highest bidder only. Source: eBay, "Ending your listing early". Whether sealed bids were
 * made is nobody's business, so a lot with sealed bids counts as bid for.
 */
export function cancellable(lot: { bids: number; sealed: boolean; endsAt: Date }, now: Date): boolean {
  return lot.endsAt.getTime() - now.getTime() >= lastHours || (lot.bids === 0 && !lot.sealed);
}

/**
 * The soft close: a bid within the last `seconds` moves the end to `seconds` after the bid, and so does each one after it,
 * until it stays quiet that long. Source: A. Roth and A. Ockenfels, "Last-Minute Bidding and the Rules for Ending
 * Second-Price Auctions", American Economic Review 92, 2002 (the rule of Amazon's auctions).
 */
export function extendedEnd(endsAt: Date, seconds: number, bidAt: Date): Date {
  const quiet = new Date(bidAt.getTime() + seconds * 1000);
  return quiet > endsAt ? quiet : endsAt;
}

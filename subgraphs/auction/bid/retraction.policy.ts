/**
 * Which bids of a bidder can be retracted. A bid is binding, and can be retracted only while it has left no trace: while everybody,
 * the bidder included, has seen exactly what they would have seen without it. Sources: BVA Auctions, "Can I cancel a bid" (nobody can
 * remove a bid that was placed); for sealed bids the Federal Acquisition Regulation, 14.304(e) (withdrawn at any time before they are
 * opened).
 *
 * - Sealed bids, until they are opened: nothing shows that there is one.
 * - The raises of a leader since the last visible bid. The answer to a raise does not depend on the maxima of others. But a raise that
 *   does not meet a reserve shows that the reserve is higher, so under an unmet reserve nothing can be retracted.
 *
 * Why this is safe: a bid above a hidden maximum, or one that meets a reserve, moves the price to it. That is visible, so it is final:
 * the bidder has paid for what they learnt with a price below which nobody can win any more, with any account. And no bid that others
 * have seen disappears again (bid shielding). eBay's rule (all bids up to twelve hours before the end, the latest within an hour)
 * gives the price back with the bid, so that a maximum can be read for free. A bidder who mistyped an amount can ask the seller to
 * report a default (`auctionDefault`).
 */
export function retractable<B extends { bidderId: string; hidden: boolean }>(
  lot: { isSealed: boolean; reserveUnmet: boolean },
  bids: readonly B[],
  bidderId: string,
): B[] {
  const own = (bid: B): boolean => bid.bidderId === bidderId;
  if (lot.isSealed) return bids.filter(own);
  if (lot.reserveUnmet) return [];
  return bids.slice(bids.findLastIndex(({ hidden }) => !hidden) + 1).filter(own);
}

/**
 * Which of a bidder's bids can be taken back. A bid is binding, and is taken back only while it has left no trace: while all that
 * anybody has seen, the bidder too, is what they would have seen without it. Sources: BVA Auctions, "Can I cancel a bid" (a bid that
 * was placed can be removed by nobody); for sealed bids the Federal Acquisition Regulation, 14.304(e) (withdrawn at any time before
 * they are opened).
 *
 * - Sealed bids, until they are opened: whether there is one shows nowhere.
 * - The raises of a leader since the last bid that everybody saw. A raise answers the same whatever the others' maxima are. While a
 *   reserve is not met it does not: that it stayed unmet says that the reserve is higher. So there nothing is taken back.
 *
 * Why this holds. Whoever bids above a hidden maximum, or meets a reserve, moves the price to it; that is seen, so it stands for good.
 * What was learnt has been paid with a price below which nobody wins any more, by this account or another one. And nobody is
 * frightened off by a bid that goes away (bid shielding), since what others saw of a bid never goes away. eBay's rule (all bids
 * up to twelve hours before the end, the latest within an hour) gives the price back with the bid, and so reads a maximum for nothing.
 * Who mistyped an amount asks the seller not to insist on the sale (`auctionDefault`).
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

/**
 * Sealed bids, opened at the end. The highest wins, of equal ones the earliest; it pays its own bid (first price), or the best bid of
 * the other bidders (second price: W. Vickrey, "Counterspeculation, Auctions, and Competitive Sealed Tenders", Journal of Finance 16,
 * 1961). With a reserve the winner pays at least that, and below it nobody wins (Krishna, Auction Theory, 2nd edition, sections 2.1,
 * 2.2 and 2.5). A bidder may bid again; their highest bid counts.
 */
export type SealedRule = 'FIRST_PRICE' | 'SECOND_PRICE';

export interface SealedTerms {
  startPrice: bigint;
  reserve: bigint | null;
}

export interface SealedBid {
  bidderId: string;
  amount: bigint;
}

export interface SealedSale<B extends SealedBid> {
  bid: B;
  price: bigint;
}

/** The winning bid and its price, given the bids in order; `null` if nobody wins. */
export function sealedSale<B extends SealedBid>(
  terms: SealedTerms,
  rule: SealedRule,
  bids: readonly B[],
): SealedSale<B> | null {
  const least = terms.reserve !== null && terms.reserve > terms.startPrice ? terms.reserve : terms.startPrice;
  let best: B | null = null;
  for (const bid of bids) if (bid.amount >= least && (best === null || bid.amount > best.amount)) best = bid;
  if (best === null) return null;
  const winner = best;
  if (rule === 'FIRST_PRICE') return { bid: winner, price: winner.amount };
  const others = bids.filter(({ bidderId }) => bidderId !== winner.bidderId).map(({ amount }) => amount);
  const price = others.reduce((most, amount) => (amount > most ? amount : most), least);
  return { bid: winner, price };
}

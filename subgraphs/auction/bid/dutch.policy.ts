/**
 * The Dutch auction: the price falls step by step, and the first bidder to accept it wins at the current price. Source: V.
 * Krishna, Auction Theory, 2nd edition, section 1.1, "open descending price".
 */
export interface DutchTerms {
  startPrice: bigint;
  /** The price never falls below it. */
  floorPrice: bigint;
  /** The amount by which the price falls. */
  step: bigint;
  /** Seconds between two steps. */
  intervalSeconds: number;
}

/** The price at a time: the start price at the opening, one step lower after each whole interval. */
export function dutchPrice(terms: DutchTerms, openedAt: Date, at: Date): bigint {
  const elapsed = Math.max(0, at.getTime() - openedAt.getTime());
  const steps = BigInt(Math.floor(elapsed / (terms.intervalSeconds * 1000)));
  const price = terms.startPrice - steps * terms.step;
  return price > terms.floorPrice ? price : terms.floorPrice;
}

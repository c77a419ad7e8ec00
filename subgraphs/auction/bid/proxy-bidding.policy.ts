import { incrementAt, type Increment } from './increments.policy.ts';

/**
 * The English auction with proxy bidding, as on large sites: each bidder names a hidden maximum, and the system bids for them as
 * little as needed. Pure functions over minor units; who may bid, and when, is decided elsewhere.
 *
 * Source: eBay, "Automatic bidding" and "Reserve prices". In auction theory the price is that of Vickrey's second-price auction plus
 * one increment (V. Krishna, Auction Theory, 2nd edition, chapters 1 and 2).
 */
export interface EnglishTerms {
  startPrice: bigint;
  /** Never shown. A maximum that meets it raises the price to it; below it the lot is not sold. */
  reserve: bigint | null;
  increments: readonly Increment[];
}

export interface Leader {
  bidderId: string;
  /** Hidden from everybody but the bidder. */
  maximum: bigint;
}

/** The price and leader of a lot; null before the first bid. */
export interface Standing {
  price: bigint | null;
  leader: Leader | null;
}

export const untouched: Standing = { price: null, leader: null };

export interface Maximum {
  bidderId: string;
  maximum: bigint;
}

/**
 * The effect of a bid. RAISED is a higher maximum of the leader: if the price stays the same nobody else can notice it, and nothing
 * that leaves the system may show it.
 */
export type Decision =
  | { kind: 'TOO_LOW'; minimum: bigint }
  | { kind: 'LEADING' | 'RAISED' | 'OUTBID'; standing: Standing; noticeable: boolean };

/** The lowest bid of any bidder but the leader: the start price, then one increment above the price. */
export function minimumBid(terms: EnglishTerms, { price }: Standing): bigint {
  return price === null ? terms.startPrice : price + incrementAt(terms.increments, price);
}

/** The lowest bid of this bidder. The leader may raise their maximum by any amount. */
export function minimumFor(terms: EnglishTerms, standing: Standing, bidderId: string): bigint {
  const { leader } = standing;
  return leader?.bidderId === bidderId ? leader.maximum + 1n : minimumBid(terms, standing);
}

export function placeMaximum(terms: EnglishTerms, standing: Standing, bid: Maximum): Decision {
  const minimum = minimumFor(terms, standing, bid.bidderId);
  if (bid.maximum < minimum) return { kind: 'TOO_LOW', minimum };
  return taken(terms, standing, bid);
}

/** The effect of a bid that is known to be high enough. */
function taken(terms: EnglishTerms, { price, leader }: Standing, bid: Maximum): Exclude<Decision, { kind: 'TOO_LOW' }> {
  const step = (below: bigint): bigint => below + incrementAt(terms.increments, below);
  if (leader === null || price === null) {
    const standing = lifted(terms, { price: terms.startPrice, leader: bid });
    return { kind: 'LEADING', standing, noticeable: true };
  }
  if (leader.bidderId === bid.bidderId) {
    const maximum = larger(leader.maximum, bid.maximum);
    const standing = lifted(terms, { price, leader: { ...leader, maximum } });
    return { kind: 'RAISED', standing, noticeable: standing.price !== price };
  }
  // Of two equal maxima the earlier one wins, so a new bidder has to go above it.
  if (bid.maximum > leader.maximum) {
    const standing = lifted(terms, { price: smaller(bid.maximum, step(leader.maximum)), leader: bid });
    return { kind: 'LEADING', standing, noticeable: true };
  }
  const standing = lifted(terms, { price: smaller(leader.maximum, larger(price, step(bid.maximum))), leader });
  return { kind: 'OUTBID', standing, noticeable: true };
}

/** If the maximum of the leader meets the reserve, the price is at least the reserve. */
function lifted(terms: EnglishTerms, standing: { price: bigint; leader: Leader }): Standing {
  const { reserve } = terms;
  if (reserve === null || standing.leader.maximum < reserve) return standing;
  return { ...standing, price: larger(standing.price, reserve) };
}

/** Whether the lot would be sold now: there is a leader, and the reserve, if any, is met. */
export function reserveMet(terms: Pick<EnglishTerms, 'reserve'>, { leader }: Standing): boolean {
  return leader !== null && (terms.reserve === null || leader.maximum >= terms.reserve);
}

/**
 * The standing after these bids, in the order in which they were accepted: what remains if others are retracted. Without its rivals a
 * bid leads at a lower price, so none of the others becomes too low.
 */
export function standingAfter(terms: EnglishTerms, bids: readonly Maximum[]): Standing {
  return bids.reduce<Standing>((standing, bid) => taken(terms, standing, bid).standing, untouched);
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

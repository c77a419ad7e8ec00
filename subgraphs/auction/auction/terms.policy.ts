import type { Auction, AuctionPhase } from './auction.entity.ts';
import { dutchPrice } from '../bid/dutch.policy.ts';
import { minimumBid, type EnglishTerms, type Standing } from '../bid/proxy-bidding.policy.ts';

/** The terms of an English auction for the bidding rules. */
export function englishTerms(auction: Auction): EnglishTerms {
  return {
    startPrice: auction.startPrice,
    reserve: auction.reserve ?? null,
    increments: auction.increments.map(([from, step]) => ({ from: BigInt(from), step: BigInt(step) })),
  };
}

/** The price and leader of a lot, with the hidden maximum. */
export function standingOf(auction: Auction): Standing {
  const { price, leaderId, leaderMaximum } = auction;
  const led = typeof leaderId === 'string' && typeof leaderMaximum === 'bigint';
  return { price: price ?? null, leader: led ? { bidderId: leaderId, maximum: leaderMaximum } : null };
}

/** The price of a Dutch auction at a time; the start price before its opening. */
export function fallingPrice(auction: Auction, at: Date): bigint {
  const { startPrice, floorPrice, priceStep, stepSeconds, openedAt } = auction;
  if (!openedAt) return startPrice;
  const terms = {
    startPrice,
    floorPrice: floorPrice ?? startPrice,
    step: priceStep ?? 0n,
    intervalSeconds: stepSeconds ?? 1,
  };
  return dutchPrice(terms, openedAt, at);
}

/** The public price; null while bids are sealed. */
export function shownPrice(auction: Auction, at: Date): bigint | null {
  if (auction.price !== null && auction.price !== undefined) return auction.price;
  if (auction.isSealed()) return null;
  return auction.format === 'DUTCH' && auction.status === 'OPEN' ? fallingPrice(auction, at) : auction.startPrice;
}

/** The lowest bid of a new bidder, as far as it is public. */
export function shownMinimum(auction: Auction, at: Date): bigint | null {
  if (auction.hasEnded() || auction.endsAt <= at) return null;
  if (auction.isSealed()) return auction.startPrice;
  if (auction.format === 'DUTCH') return fallingPrice(auction, at);
  return minimumBid(englishTerms(auction), standingOf(auction));
}

/** The buy-now price, which ends with the first bid, even if that is retracted. */
export function shownBuyNow(auction: Auction): bigint | null {
  return auction.sequence === 0 && !auction.hasEnded() ? (auction.buyNowPrice ?? null) : null;
}

/** Whether the reserve is met, as far as it is public. */
export function shownReserveMet(auction: Auction): boolean | null {
  if ((auction.reserve ?? null) === null) return null;
  return auction.isSealed() && !auction.hasEnded() ? null : auction.reserveReached;
}

/**
 * Why a field of an open lot without bids may not be set to this value; null if it may: the reserve can be lowered or removed, the end
 * postponed, the description extended. Source: eBay, "Revising your listing": until the first bid.
 */
export function relaxed(auction: Auction, field: string, to: unknown): string | null {
  if (field === 'reserve') {
    const lower = to === null || (typeof auction.reserve === 'bigint' && (to as bigint) < auction.reserve);
    return lower ? null : 'reserve: can only be lowered after the opening.';
  }
  if (field === 'endsAt')
    return (to as Date) > auction.endsAt ? null : 'endsAt: can only be moved to a later time after the opening.';
  if (field === 'description')
    return String(to ?? '').startsWith(auction.description ?? '')
      ? null
      : 'description: can only be extended after the opening; it must begin with the current text.';
  return `${field}: cannot be changed after the opening.`;
}

/** The phase of a lot at a time, whether or not the closer has run. */
export function phaseOf(auction: Auction, at: Date): AuctionPhase {
  if (auction.status === 'CANCELLED') return 'CANCELLED';
  if (auction.isBeforeOpening() || auction.status === 'OPENING') return auction.endsAt <= at ? 'ENDED' : 'UPCOMING';
  return auction.takesBids(at) ? 'RUNNING' : 'ENDED';
}

/** When the phase of a lot ends by itself; null if it does not. */
export function phaseEnd(auction: Auction, at: Date): Date | null {
  const phase = phaseOf(auction, at);
  if (phase === 'RUNNING') return auction.endsAt;
  // A lot that its seller opened early only waits for its asset.
  return phase === 'UPCOMING' && auction.status === 'SCHEDULED' && auction.opensAt && auction.opensAt > at
    ? auction.opensAt
    : null;
}

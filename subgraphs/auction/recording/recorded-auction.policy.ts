import type { ViewerBidStanding } from '../bid/bid.entity.ts';
import { cancellable, extendedEnd } from '../bid/deadlines.policy.ts';
import { placeMaximum, reserveMet, untouched, type EnglishTerms, type Standing } from '../bid/proxy-bidding.policy.ts';

/** The record of a past English auction. Amounts are minor units. */
export interface RecordedAuction {
  terms: EnglishTerms;
  sellerId: string;
  openedAt: Date;
  /** The announced end; a soft close may have moved it. */
  endsAt: Date;
  softCloseSeconds: number;
  /** When it was withdrawn; null if it was not. */
  cancelledAt: Date | null;
  bids: readonly RecordedBid[];
}

export interface RecordedBid {
  bidderId: string;
  maximum: bigint;
  placedAt: Date;
}

/** A bid and its effect. */
export interface ReplayedBid extends RecordedBid {
  standing: ViewerBidStanding;
  /** Whether it was a raise that nobody could notice. */
  hidden: boolean;
  /** The price after it; null for a raise that nobody could notice. */
  price: bigint | null;
}

export interface Replayed {
  status: 'SOLD' | 'UNSOLD' | 'CANCELLED';
  standing: Standing;
  /** The index of the bid that took the lead for the leader. */
  leadingBid: number | null;
  reserveReached: boolean;
  winnerId: string | null;
  /** The end after all extensions. */
  endsAt: Date;
  endedAt: Date;
  bids: readonly ReplayedBid[];
}

/** A value that contradicts the rules, with its path in the record. */
export class ImpossibleRecord extends Error {
  override name = 'ImpossibleRecord';
  readonly path: string[];

  constructor(path: string[], message: string) {
    super(message);
    this.path = path;
  }
}

/**
 * Replays a recorded auction by the rules of live lots: price, leader, extensions and sale follow from the bids and their times.
 * Throws `ImpossibleRecord` for a record that contradicts the rules: a bid that is too low, too late or the seller's, or a withdrawal
 * that is not allowed.
 */
export function replayed({ terms, sellerId, openedAt, cancelledAt, ...lot }: RecordedAuction): Replayed {
  if (lot.endsAt <= openedAt) throw new ImpossibleRecord(['endsAt'], 'endsAt: must be after the opening.');
  let standing = untouched;
  let { endsAt } = lot;
  let before = openedAt;
  let leadingBid: number | null = null;
  const bids = lot.bids.map((bid, n): ReplayedBid => {
    const fault = (field: string, message: string): ImpossibleRecord =>
      new ImpossibleRecord(['bids', String(n), field], message);
    if (bid.bidderId === sellerId) throw fault('bidderId', 'bidderId: sellers cannot bid on their own lots.');
    if (bid.placedAt < before) throw fault('placedAt', 'placedAt: must not be before the opening or the bid before.');
    if (bid.placedAt >= (cancelledAt ?? endsAt))
      throw fault('placedAt', 'placedAt: must be before the end of the lot, or its withdrawal.');
    const decision = placeMaximum(terms, standing, bid);
    if (decision.kind === 'TOO_LOW') throw fault('amount', 'amount: is below the minimum bid at that time.');
    before = bid.placedAt;
    ({ standing } = decision);
    const { kind, noticeable } = decision;
    if (!noticeable) return { ...bid, standing: 'RAISED', hidden: true, price: null };
    if (kind !== 'OUTBID') leadingBid = n;
    endsAt = extendedEnd(endsAt, lot.softCloseSeconds, bid.placedAt);
    return { ...bid, standing: kind === 'OUTBID' ? 'OUTBID' : 'LEADING', hidden: false, price: standing.price };
  });
  const shown = bids.filter(({ hidden }) => !hidden).length;
  if (cancelledAt) {
    if (cancelledAt <= openedAt || cancelledAt >= endsAt)
      throw new ImpossibleRecord(['cancelledAt'], 'cancelledAt: must be between the opening and the end.');
    if (!cancellable({ bids: shown, sealed: false, endsAt }, cancelledAt))
      throw new ImpossibleRecord(
        ['cancelledAt'],
        'cancelledAt: a lot with bids cannot be withdrawn in its last twelve hours.',
      );
  }
  const met = reserveMet(terms, standing);
  const sold = met && !cancelledAt;
  return {
    status: cancelledAt ? 'CANCELLED' : sold ? 'SOLD' : 'UNSOLD',
    standing,
    leadingBid,
    reserveReached: terms.reserve !== null && met,
    winnerId: sold ? (standing.leader?.bidderId ?? null) : null,
    endsAt,
    endedAt: cancelledAt ?? endsAt,
    bids,
  };
}

import type { ViewerBidStanding } from '../bid/bid.entity.ts';
import { cancellable, extendedEnd } from '../bid/deadlines.policy.ts';
import { placeMaximum, reserveMet, untouched, type EnglishTerms, type Standing } from '../bid/proxy-bidding.policy.ts';

/** An English auction of the past, as somebody wrote it down. Amounts are minor units. */
export interface RecordedAuction {
  terms: EnglishTerms;
  sellerId: string;
  openedAt: Date;
  /** The end as it was announced; a soft close may have moved it. */
  endsAt: Date;
  softCloseSeconds: number;
  /** When it was withdrawn, if it was. */
  cancelledAt: Date | null;
  bids: readonly RecordedBid[];
}

export interface RecordedBid {
  bidderId: string;
  maximum: bigint;
  placedAt: Date;
}

/** A bid and what it did when it came. */
export interface ReplayedBid extends RecordedBid {
  standing: ViewerBidStanding;
  /** A raise that nobody could notice. */
  hidden: boolean;
  /** The price to which it brought the lot; null where nobody could notice it. */
  price: bigint | null;
}

export interface Replayed {
  status: 'SOLD' | 'UNSOLD' | 'CANCELLED';
  standing: Standing;
  /** Of the bid that brought the present leader to the top. */
  leadingBid: number | null;
  reserveReached: boolean;
  winnerId: string | null;
  /** The end as the soft close left it. */
  endsAt: Date;
  endedAt: Date;
  bids: readonly ReplayedBid[];
}

/** What the rules would not have let happen, and where in the record it stands. */
export class ImpossibleRecord extends Error {
  override name = 'ImpossibleRecord';
  readonly path: string[];

  constructor(path: string[], message: string) {
    super(message);
    this.path = path;
  }
}

/**
 * Lets a recorded auction take place again, by the rules by which lots are decided live: the price, who led when, the end after
 * every extension, and whether it was sold all follow from the bids and their times. Throws `ImpossibleRecord` for a record that
 * these rules contradict: a bid that was too low, too late or the seller's, or a withdrawal that was not allowed.
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
    if (decision.kind === 'TOO_LOW') throw fault('amount', 'amount: is below the least bid that the lot took then.');
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

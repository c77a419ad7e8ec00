import { Field, InterfaceType } from 'type-graphql';
import type { Context } from '../../../platform/context/context.ts';
import type { OutputFields } from '../../../platform/declare/output.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import { NotFound } from '../../../platform/errors/errors.ts';
import { Money } from '../../../platform/scalars/money.ts';
import { AuctionStatus, type Auction } from '../auction/auction.entity.ts';
import { auctions } from '../auction/auction.noun.ts';
import { shownMinimum } from '../auction/terms.policy.ts';
import { bids } from './bid.noun.ts';
import { ownMaximum } from './bid-reading.service.ts';
import { readOutcomeKey, type BidOutcome } from './bid.service.ts';
import { readsHidden } from './hidden.policy.ts';

@InterfaceType('BidResult', {
  description:
    'The result of a bid. Accepted: BidLeading, BidRaised, BidOutbid, BidSealed, BidWon. Not accepted: BidTooLow, BidLate, BidBuyNowGone.',
  resolveType: (outcome: BidOutcome) => outcomes[outcome.kind].type as never,
})
export abstract class BidResult {
  @Field(() => auctions.built.type, { nullable: true, description: 'The current lot.' })
  auction!: Auction | null;
}

type Fields = OutputFields<BidOutcome>;
const of = { implements: BidResult };

const bid = (f: Fields) => ({ bid: f.row(() => bids, 'The public view of the bid.').nullable() });
const maximum = (f: Fields, description: string) => ({
  maximum: f
    .money(`${description}; null if the viewer may not see it.`)
    .nullable()
    .from((outcome) =>
      typeof outcome.maximum === 'bigint' ? new Money(outcome.maximum, outcome.auction.currency) : null,
    ),
});

const raised =
  'The bidder was already leading and has raised the hidden maximum. Nobody else can see it, unless it meets the reserve.';
const outbid = 'The bid was accepted, but the hidden maximum of the leader is at least as high.';
const sealed = 'The sealed bid was accepted. It is opened at the end of the lot.';
const won = 'The bid won the lot at once: at the falling price, or at the buy-now price.';
const gone = 'Not accepted: the lot has no buy-now price, or the buy-now price ended with the first bid.';

export const BidLeading = valueType('BidLeading', 'The bid is the highest.', bid, of);
export const BidRaised = valueType('BidRaised', raised, (f: Fields) => maximum(f, 'The bidder’s new maximum'), of);
export const BidOutbid = valueType('BidOutbid', outbid, bid, of);
export const BidSealed = valueType(
  'BidSealed',
  sealed,
  (f: Fields) => maximum(f, 'The bidder’s highest bid on this lot'),
  of,
);
export const BidWon = valueType('BidWon', won, bid, of);
export const BidTooLow = valueType(
  'BidTooLow',
  'Not accepted: the amount is below the minimum.',
  (f: Fields) => ({
    minimum: f
      .money('The lowest amount that this bidder could have bid at that moment.')
      .from(({ minimum, auction }) => new Money(minimum ?? 0n, auction.currency)),
  }),
  of,
);
export const BidLate = valueType(
  'BidLate',
  'Not accepted: the lot takes no bids now.',
  (f: Fields) => ({
    status: f.enum(AuctionStatus, 'The status at that moment; OPEN if the end was past and the lot not closed yet.'),
  }),
  of,
);
export const BidBuyNowGone = valueType('BidBuyNowGone', gone, () => ({}), of);

const outcomes = {
  LEADING: BidLeading,
  RAISED: BidRaised,
  OUTBID: BidOutbid,
  SEALED: BidSealed,
  WON: BidWon,
  TOO_LOW: BidTooLow,
  LATE: BidLate,
  BUY_NOW_GONE: BidBuyNowGone,
};

/** Restores the outcome of a bid from the value stored with its idempotency key. */
export async function outcomeAgain(context: Context, key: string): Promise<BidOutcome> {
  const { kind, auctionId, more } = readOutcomeKey(key);
  const auction = await auctions.load(context, auctionId);
  if (!auction) throw new NotFound('The lot of this bid no longer exists.');
  const outcome: BidOutcome = { kind, auction };
  if (kind === 'TOO_LOW') outcome.minimum = knownMinimum(context, auction, BigInt(more));
  else if (kind === 'LATE') outcome.status = more as AuctionStatus;
  else if (kind === 'RAISED' || kind === 'SEALED') outcome.maximum = await ownMaximum(context, auctionId);
  const placed = more.startsWith('bid_') ? await bids.load(context, more) : null;
  if (placed) outcome.bid = placed;
  return outcome;
}

/** A leader's minimum reveals their maximum, so viewers who may not see it get the public minimum. */
function knownMinimum(context: Context, auction: Auction, minimum: bigint): bigint {
  if (readsHidden(context.actor, context.info.actingFor ?? context.actorId)) return minimum;
  const shown = shownMinimum(auction, context.now()) ?? auction.price ?? auction.startPrice;
  return shown < minimum ? shown : minimum;
}

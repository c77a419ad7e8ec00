import { noun, type DeclaredNoun } from '../../../platform/declare/noun.ts';
import type { OutputFields } from '../../../platform/declare/output.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import { actorPrefixes } from '../../../platform/ids/ids.ts';
import { id } from '../../../platform/nouns/filter-kinds.ts';
import { Currency, Money } from '../../../platform/scalars/money.ts';
import { incrementsAtMost } from '../bid/increments.policy.ts';
import { Auction, AuctionFormat, AuctionPhase, AuctionStatus } from './auction.entity.ts';
import { announced, lotVisible } from './auction.policy.ts';
import { phaseEnd, phaseOf, shownBuyNow, shownMinimum, shownPrice, shownReserveMet } from './terms.policy.ts';

export const AuctionIncrement = valueType('AuctionIncrement', 'A price band and its increment.', (f) => ({
  from: f.money('The band starts at this price.'),
  step: f.money('Within the band, the next bid must be higher than the price by at least this amount.'),
}));

export const auctions = noun(Auction, {
  name: 'Auction',
  plural: 'auctions',
  prefix: 'auc',
  words: ['lot', 'lots'],
  description:
    'One lot: an asset that its owner offers for sale under fixed terms. It never shows hidden maxima, sealed bids or the reserve price.',
  audience: 'public',
  // The same for everybody, so that streams of bids can be shared. Sellers' drafts are in `lots`, which no stream uses.
  visible: () => announced,
  ownedBy: 'sellerId',
  roots: {
    oneOf: () => lots,
    one: 'A lot by its id. Null if there is none, and for drafts of others. Errors: INVALID for an id of another kind.',
    list: 'The announced lots, newest first; drafts are in `Viewer.auctions`. Errors: INVALID.',
    aggregate:
      'Counts the lots and sums their hammer prices, by keys and time; money is never added across currencies. Errors: INVALID.',
    arguments: {
      sort: 'At most four. Default: by relevance with a search, otherwise newest first. CURRENT_PRICE compares minor units, so filter by one currency; lots without a visible bid are sorted by their start price.',
      search:
        'Full text over the title of the asset and the description of the lot: words, "phrases", or, -without. At most 200 characters.',
    },
  },
  fields: (f) => ({
    id: f.id(),
    format: f.enum(AuctionFormat, 'The rules by which the lot is sold.'),
    status: f.enum(AuctionStatus, 'The stage of the lot between its creation and its end.'),
    description: f.text('What the seller says about the lot, at most 5,000 characters; null if nothing.').nullable(),
    asset: f.foreign('Asset', 'assetId', 'The asset that is sold; null if it is not visible to the viewer.'),
    seller: f.actor('sellerId', 'The owner of the asset when the lot was created.'),
    createdBy: f.actor('createdBy', 'The actor who created the lot: the seller, or an actor on the seller’s behalf.'),
    createdAt: f.time(),
    termsVersion: f.int('Version of the terms; increases with each change. Send it back as `ifVersion`.'),
    ...prices(f),
    hasReserve: f
      .boolean('Whether there is a reserve price. Its amount is not shown to anybody.')
      .from(({ reserve }) => typeof reserve === 'bigint'),
    reserveMet: f
      .boolean('Whether the reserve price is met; null if there is none, and while bids are sealed.')
      .nullable()
      .from(shownReserveMet),
    bidCount: f
      .int('Number of visible bids; null in auctions with sealed bids.')
      .nullable()
      .from((lot) => (lot.isSealed() ? null : lot.bidCount)),
    leader: f.actor(
      'leaderId',
      'The bidder with the highest bid; null before the first bid and while bids are sealed.',
    ),
    winner: f.actor('winnerId', 'The buyer; null unless the lot is SOLD.'),
    ...times(f),
    cancelReason: f.text('Why the lot was withdrawn, at most 500 characters; null if it was not.').nullable(),
    liveCursor: f
      .text('Cursor for a subscription’s `after`: the stream then continues without a gap from this answer.')
      .from((_lot, { liveCursor }) => liveCursor),
  }),
  filter: {
    status: AuctionStatus,
    format: AuctionFormat,
    assetId: id('ast'),
    sellerId: id(...actorPrefixes),
    leaderId: id(...actorPrefixes),
    winnerId: id(...actorPrefixes),
    currency: 'text',
    opensAt: 'time',
    endsAt: 'time',
    createdAt: 'time',
  },
  sort: ['createdAt', 'endsAt', 'bidCount', 'currentPrice', 'title'],
  search: { column: 'words' },
  aggregate: {
    by: ['status', 'format', 'currency', 'seller', 'winner', 'asset'],
    over: ['createdAt', 'endsAt'],
    money: {
      hammerPrice: {
        column: 'price',
        currency: 'currency',
        only: `e."status" = 'SOLD'`,
        description: 'the hammer prices of the lots of this group',
      },
    },
  },
});

/** The same rows as their sellers see them, including drafts: for mutations, and for one lot by its id. */
export const lots: DeclaredNoun<Auction> = auctions.variant({
  name: 'ViewerAuction',
  audience: 'self',
  visible: lotVisible,
});

function money(minor: bigint | null | undefined, { currency }: Auction): Money | null {
  return typeof minor === 'bigint' ? new Money(minor, currency) : null;
}

/** The prices of a lot, and the rules for their changes. */
function prices(f: OutputFields<Auction>) {
  return {
    currency: f.object<string>(() => Currency, 'The currency of all prices of the lot.'),
    startPrice: f
      .money('The lowest first bid; in a Dutch auction the price from which it falls.')
      .from((lot) => new Money(lot.startPrice, lot.currency)),
    currentPrice: f
      .money(
        'The start price before the first bid, then the price of the leading bid; in a Dutch auction the falling price by the server’s clock. Once sold, what the winner pays. Null while bids are sealed.',
      )
      .nullable()
      .from((lot, context) => money(shownPrice(lot, context.now()), lot)),
    minimumBid: f
      .money('The lowest bid that a new bidder can place now; null once the lot has ended.')
      .nullable()
      .from((lot, context) => money(shownMinimum(lot, context.now()), lot)),
    buyNowPrice: f
      .money(
        'The price at which the lot can be bought at once, until the first bid. Null if there is none, or after a bid.',
      )
      .nullable()
      .from((lot) => money(shownBuyNow(lot), lot)),
    floorPrice: f
      .money('The lowest price of a Dutch auction; null in other formats.')
      .nullable()
      .from((lot) => money(lot.floorPrice, lot)),
    priceStep: f
      .money('The amount by which the price of a Dutch auction falls at each step; null in other formats.')
      .nullable()
      .from((lot) => money(lot.priceStep, lot)),
    stepSeconds: f.int('Seconds between two steps of a Dutch auction; null in other formats.').nullable(),
    increments: f
      .list(
        AuctionIncrement,
        'Bid increments by price band, lowest band first; at most 30, empty unless the format is ENGLISH.',
        { atMost: incrementsAtMost },
      )
      .from(({ increments, currency }) =>
        increments.map(([from, step]) => ({ from: new Money(from, currency), step: new Money(step, currency) })),
      ),
  };
}

/** The times of a lot. */
function times(f: OutputFields<Auction>) {
  return {
    softCloseSeconds: f.int(
      'Soft close, in seconds: a bid within this time before the end moves the end to this time after the bid. 0 if the end is fixed.',
    ),
    opensAt: f.time('When the lot opens by itself; null if the seller opens it. `openedAt` is when it did.').nullable(),
    openedAt: f.time('When the lot began to take bids; null before.').nullable(),
    endsAt: f.time('When the lot ends, by the clock of the database. A soft close can move it.'),
    endedAt: f.time('When the lot ended or was withdrawn; null before.').nullable(),
    phase: f
      .enum(AuctionPhase, 'The phase by the server’s clock, for countdowns: `phaseEndsAt` is its end.')
      .from((lot, context) => phaseOf(lot, context.now())),
    phaseEndsAt: f
      .time(
        'When the phase ends by itself: `opensAt` if SCHEDULED, `endsAt` if RUNNING. Null after the end, if withdrawn, and while the lot waits for its seller or its asset.',
      )
      .nullable()
      .from((lot, context) => phaseEnd(lot, context.now())),
    remainingSeconds: f
      .int('Whole seconds until `phaseEndsAt`, rounded down; 0 if that is null.')
      .from((lot, context) => {
        const now = context.now();
        const end = phaseEnd(lot, now);
        return end ? Math.floor((end.getTime() - now.getTime()) / 1000) : 0;
      }),
  };
}

import { enumeration, type ValueOf } from '../../../platform/declare/enumeration.ts';
import { arg } from '../../../platform/declare/input.ts';
import { stateStream, stream } from '../../../platform/declare/stream.ts';
import { Invalid } from '../../../platform/errors/errors.ts';
import { actorPrefixes } from '../../../platform/ids/ids.ts';
import { id } from '../../../platform/nouns/filter-kinds.ts';
import { Money } from '../../../platform/scalars/money.ts';
import {
  auctionCancelled,
  auctionClosed,
  auctionCreated,
  auctionDefaulted,
  auctionExtended,
  auctionFacts,
  auctionImported,
  auctionOpened,
  auctionOpenRequested,
  auctionSettled,
  auctionUpdated,
  bidRetracted,
  formerAuctionCancelled,
  presentStatus,
} from '../events.ts';
import { closingAtMost, closingLots } from '../live/closing-watch.service.ts';
import { AuctionStatus } from './auction.entity.ts';
import { auctions } from './auction.noun.ts';

export const AuctionChange = enumeration('AuctionChange', 'How a lot changed.', {
  CREATED: 'It was created and announced.',
  UPDATED: 'Its terms were changed, or a draft was announced.',
  OPENING: 'It waits until its asset is reserved for it.',
  OPENED: 'It takes bids.',
  EXTENDED: 'A bid shortly before the end moved the end.',
  BIDS_RETRACTED: 'Visible bids were retracted. Only in replays of old events: such bids are binding today.',
  CLOSED: 'It ended, with or without a sale.',
  CANCELLED: 'It was withdrawn.',
  SETTLED: 'The buyer has paid.',
  DEFAULTED: 'The buyer did not pay, and the sale fell through.',
  IMPORTED: 'A past auction was recorded.',
});
type AuctionChange = ValueOf<typeof AuctionChange>;

/** The change that each fact of the stream is. */
const changes = {
  [auctionCreated.type]: 'CREATED',
  [auctionUpdated.type]: 'UPDATED',
  [auctionOpenRequested.type]: 'OPENING',
  [auctionOpened.type]: 'OPENED',
  [auctionExtended.type]: 'EXTENDED',
  [bidRetracted.type]: 'BIDS_RETRACTED',
  [auctionClosed.type]: 'CLOSED',
  [auctionCancelled.type]: 'CANCELLED',
  [formerAuctionCancelled.type]: 'CANCELLED',
  [auctionSettled.type]: 'SETTLED',
  [auctionDefaulted.type]: 'DEFAULTED',
  [auctionImported.type]: 'IMPORTED',
} as const satisfies Record<string, AuctionChange>;

export const auctionUpdatedStream = stream('auctionUpdated', {
  access: 'public',
  // `match` does not depend on the viewer: drafts are excluded for everybody.
  audience: 'public',
  description: 'Changes of announced lots, except new bids; `AuctionChange` lists them.',
  eventDescription:
    'A lot changed, other than by a new bid. Values are those after the change; `auction` is the current state.',
  facts: [...auctionFacts, bidRetracted],
  filter: { auctionId: id('auc'), sellerId: id(...actorPrefixes), assetId: id('ast') },
  filterDescription: 'Conditions on the lots; the changes of all lots if absent.',
  match: ({ payload }) => payload.isAnnounced !== false,
  event({ type, payload: { auctionId, status, endsAt, winnerId = null, price, reason = null } }) {
    const change = changes[type];
    return {
      auctionId,
      change,
      status: presentStatus(status),
      endsAt: new Date(endsAt),
      winnerId,
      price: price ? new Money(price.minor, price.currency) : null,
      // The reason of a retraction is an enum value, not a sentence.
      reason: change === 'CANCELLED' || change === 'DEFAULTED' ? reason : null,
    };
  },
  fields: (f) => ({
    change: f.enum(AuctionChange, 'What happened to the lot.'),
    status: f.enum(AuctionStatus, 'The status after the change.'),
    endsAt: f.time('The end of the lot after the change.'),
    winner: f.actor('winnerId', 'The buyer; null unless the change is a sale.'),
    price: f.money('The hammer price, or the price after bids were retracted; null for other changes.').nullable(),
    reason: f.text('Why the lot was withdrawn, or why the sale fell through; null for other changes.').nullable(),
    auction: f.belongsTo(() => auctions, 'auctionId', 'The current lot; null if the viewer can no longer see it.'),
  }),
});

/** Seconds ahead, a minute to a day. Only fixed values, because all subscribers with the same value share a query that runs after every bid. */
const withinSteps = [60, 300, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400];

export const auctionClosingStream = stateStream('auctionClosing', {
  access: 'public',
  description:
    'The lots that end within the given number of seconds: first the current list, then the list again whenever it changes, at most four times a second. A stream of states: nothing is replayed.',
  errors: 'INVALID for a number of seconds that `within` does not list',
  eventDescription:
    'The lots that end within the given time. The whole list is sent again when a lot enters or leaves it or receives a bid.',
  args: { within: arg.int(`Seconds ahead: one of ${withinSteps.join(', ')}.`, { min: 60, max: 86_400 }).default(3600) },
  subscribe(context, { within }) {
    if (!withinSteps.includes(within))
      throw new Invalid(`within: must be one of ${withinSteps.join(', ')} seconds, not ${within}.`, {
        path: ['within'],
      });
    return closingLots(context, within);
  },
  fields: (f) => ({
    asOf: f.time('The time of this snapshot.'),
    auctions: f
      .rows(() => auctions, 'The lots, next to end first; at most 100.', { atMost: closingAtMost })
      .from(async ({ auctionIds }, context) => {
        const loaded = await Promise.all(auctionIds.map((id) => auctions.load(context, id)));
        return loaded.filter((auction) => auction !== null);
      }),
  }),
});

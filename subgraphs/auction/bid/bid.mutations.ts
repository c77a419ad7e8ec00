import { Length } from 'class-validator';
import { recall } from '../../../platform/change/recall.ts';
import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { query } from '../../../platform/declare/query.ts';
import { Invalid } from '../../../platform/errors/errors.ts';
import { moneyOf } from '../../../platform/scalars/money.ts';
import { auctions } from '../auction/auction.noun.ts';
import { auctionClosed, auctionExtended, bidPlaced } from '../events.ts';
import { BidRetractionReason } from './bid.entity.ts';
import { bids, viewerBids } from './bid.noun.ts';
import { BidResult, outcomeAgain } from './bid-outcome.ts';
import { bidPlace as place, lockLots, lotItem, outcomeKey, type BidOutcome } from './bid.service.ts';
import { retract } from './retraction.service.ts';

/**
 * Bids that arrive while others are being written share the next transaction, on any lots: a dozen statements and one commit for all
 * of them. At most 200, so that it takes far less than the two seconds of a transaction. One transaction at a time per process and
 * universe has a higher throughput and a lower latency than several, or than one for each lot (`bench -- bids`).
 */
const together = { key: 'bids', max: 200, flush: 'together' } as const;

/** Bids in the answer to a retraction, at most; all are in `Viewer.bids`. */
const retractedAtMost = 100;

const placed = (outcome: BidOutcome) => ({ outcome, bid: outcome.bid ?? null });

export const bidPlace = mutation('bidPlace', {
  access: 'auction.bid.place',
  description:
    'Bids on a lot, for the viewer or the organization acted for, and returns the outcome. Bids are decided in the order in which they lock the lot, by the clock of the database; a lot past its end takes no bids. Nobody but the bidder learns the amount.',
  errors:
    'NOT_FOUND, FORBIDDEN for sellers and actors who belong to them, INVALID, CONFLICT for an idempotency key used with another input',
  tells: [bidPlaced, auctionExtended, auctionClosed],
  input: {
    auctionId: arg.id('auc', 'The lot to bid on.'),
    amount: arg.money(
      'More than zero, in the currency of the lot. English: the hidden maximum up to which the system bids for the bidder. Sealed: the bid. Dutch: the highest price that the bidder accepts; the bidder pays the current price.',
    ),
    buyNow: arg
      .boolean('Buys an English lot at its buy-now price; `amount` must be at least that price.')
      .default(false),
  },
  payload: (f) => ({
    bid: f
      .row(
        () => bids,
        'The bid, if it is public. Null for a raise that changed nothing visible, a sealed bid, and a bid that was not accepted.',
      )
      .nullable(),
    outcome: f.object<BidOutcome>(() => BidResult, 'Whether the bid was accepted, and its effect.'),
  }),
  idempotent: {
    same: 'outcome',
    isRequired: true,
    resultId: ({ outcome }) => outcomeKey(outcome),
    again: async (context, key) => placed(await outcomeAgain(context, key)),
  },
  prepare({ amount }) {
    const path = ['input', 'amount'];
    const { minor, currency } = moneyOf(amount, path);
    if (BigInt(minor) <= 0n) throw new Invalid('amount.amount: must be more than zero.', { path: [...path, 'amount'] });
    return { amount: BigInt(minor), currency };
  },
  group: ({ auctionId }, { info }) => ({ ...together, gather: { item: lotItem(auctionId, info), all: lockLots } }),
  run: async (tx, { auctionId, buyNow }, price) => placed(await place(tx, { auctionId, buyNow, ...price })),
});

export const bidRetract = mutation('bidRetract', {
  access: 'auction.bid.retract',
  description:
    'Retracts bids of the viewer, or of the organization acted for, that nobody could notice: sealed bids until they are opened, and a leader’s raises until the next visible bid, unless there is a reserve that is not met. Every other bid is binding. Repeating the call changes nothing.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT if no bid can be retracted, or if the lot takes no bids',
  silent: 'Only bids that left no trace can be retracted, so the retraction leaves none either.',
  input: {
    auctionId: arg.id('auc', 'The lot whose bids to retract.'),
    reason: arg.enum(BidRetractionReason, 'Stored with the bids.'),
  },
  payload: (f) => ({
    auction: f.row(() => auctions, 'The lot after the retraction.'),
    bids: f.rows(
      () => viewerBids,
      'The bids that this call retracted, newest first, at most 100; empty if it is repeated.',
      { atMost: retractedAtMost },
    ),
    retractedCount: f.int('Number of bids that this call retracted; 0 if it is repeated.'),
  }),
  async run(tx, given) {
    const { auction, retracted } = await retract(tx, given);
    return { auction, bids: retracted.slice(0, retractedAtMost), retractedCount: retracted.length };
  },
});

export const bidOutcome = query('bidOutcome', {
  access: 'self',
  description:
    'The outcome of the viewer’s bid with this idempotency key, for a client that lost the answer. Null if there is no such bid: send it again with the same key.',
  errors: 'INVALID',
  args: {
    // Not trimmed, as in `bidPlace`, where spaces count too.
    idempotencyKey: arg
      .text('The key that was sent with `bidPlace`; 1 to 200 characters.', { max: 200 })
      .check(Length(1, 200)),
  },
  answers: (f) => f.object<BidOutcome>(() => BidResult, '').nullable(),
  async run(context, { idempotencyKey }) {
    const known = await recall(context, 'bidPlace', idempotencyKey);
    return known === null ? null : outcomeAgain(context, known);
  },
});

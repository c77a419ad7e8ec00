import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { TooMany } from '../../../platform/errors/errors.ts';
import { auctions } from '../auction/auction.noun.ts';
import { AuctionWatch } from './auction-watch.entity.ts';
import { auctionWatches } from './auction-watch.noun.ts';

/** Lots watched by one actor, at most. */
const watchesAtMost = 1000;

const silent = 'The watches of an actor are private.';
const lot = 'The current lot.';

export const auctionWatch = mutation('auctionWatch', {
  access: 'signedIn',
  description: 'Watches a lot for the viewer. Idempotent.',
  errors: 'NOT_FOUND, INVALID, TOO_MANY beyond 1,000 watched lots',
  silent,
  input: { auctionId: arg.id('auc', 'The lot to watch; it must be announced.') },
  payload: (f) => ({
    auctionWatch: f.row(() => auctionWatches, 'The watch.'),
    auction: f.row(() => auctions, lot),
  }),
  async run(tx, { auctionId }) {
    const auction = tx.found(await auctions.load(tx, auctionId), ['input', 'auctionId']);
    const { actorId } = tx;
    const known = await tx.em.findOne(AuctionWatch, { actorId, auctionId });
    if (known) return { auctionWatch: known, auction };
    if ((await tx.em.count(AuctionWatch, { actorId })) >= watchesAtMost)
      throw new TooMany(`You already watch ${watchesAtMost} lots. Unwatch some first.`);
    return { auctionWatch: auctionWatches.create(tx, { actorId, auctionId }), auction };
  },
});

export const auctionUnwatch = mutation('auctionUnwatch', {
  access: 'signedIn',
  description: 'Stops watching a lot. Idempotent.',
  errors: 'NOT_FOUND, INVALID',
  silent,
  input: { auctionId: arg.id('auc', 'The lot to stop watching.') },
  answers: [auctions, lot],
  async run(tx, { auctionId }) {
    const auction = tx.found(await auctions.load(tx, auctionId), ['input', 'auctionId']);
    await tx.em.nativeDelete(AuctionWatch, { actorId: tx.actorId, auctionId });
    return auction;
  },
});

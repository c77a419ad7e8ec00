import { batched } from '../../../platform/context/batch.ts';
import type { Context } from '../../../platform/context/context.ts';
import { extend } from '../../../platform/declare/extension.ts';
import { noun } from '../../../platform/declare/noun.ts';
import { id } from '../../../platform/nouns/filter-kinds.ts';
import { auctions } from '../auction/auction.noun.ts';
import { AuctionWatch } from './auction-watch.entity.ts';

export const auctionWatches = noun(AuctionWatch, {
  name: 'AuctionWatch',
  plural: 'auctionWatches',
  prefix: 'awt',
  words: ['watch', 'watches'],
  description: 'A lot that the viewer watches. Only the viewer sees it.',
  audience: 'self',
  visible: (actor) => (actor.id === null ? null : { actorId: actor.id }),
  roots: {
    access: 'signedIn',
    one: 'A watch by its id; null if it does not exist, has ended, or is not the viewer’s. Errors: UNAUTHENTICATED, INVALID.',
    list: false,
  },
  fields: (f) => ({
    id: f.id(),
    auction: f.belongsTo(() => auctions, 'auctionId', 'The lot that is watched; null if the viewer cannot see it.'),
    createdAt: f.time('When the viewer began to watch the lot.'),
  }),
  filter: { auctionId: id('auc') },
  sort: ['createdAt'],
});

export const auctionWatching = extend(auctions, (f) => ({
  viewerWatches: f
    .boolean('Whether the viewer watches the lot; null if nobody is signed in.')
    .from(({ id }, context) => isWatched(context, id))
    .restrictedTo('self', (_lot, { actor }) => actor.id !== null),
}));

/** Whether the viewer watches a lot. One statement for all lots of an answer. */
async function isWatched(context: Context, auctionId: string): Promise<boolean> {
  const watch = await batched(context, isWatched, auctionId, async (auctionIds) => {
    const watches = await context.em.find(AuctionWatch, { actorId: context.actorId, auctionId: { $in: auctionIds } });
    return new Map(watches.map((each) => [each.auctionId, each]));
  });
  return watch !== undefined;
}

import { noun } from '../../../platform/nouns/noun.ts';
import { AuctionWatch } from './auction-watch.entity.ts';
import { AuctionWatchType } from './auction-watch.type.ts';

/** Everybody sees the own ones, and nobody else’s. */
export const auctionWatches = noun<AuctionWatch>({
  name: 'AuctionWatch',
  prefix: 'awt',
  entity: AuctionWatch,
  type: () => AuctionWatchType,
  audience: 'self',
  visible: (actor) => (actor.id === null ? null : { actorId: actor.id }),
  filter: { auctionId: 'id' },
  sort: ['createdAt'],
});

import type { Context } from '../../../platform/context/context.ts';
import { noun, type Connection, type ListArgs } from '../../../platform/nouns/noun.ts';
import { Bid } from './bid.entity.ts';
import { hiddenBiddersOf, readsHidden } from './hidden.policy.ts';
import { ViewerBidType } from './viewer-bid.type.ts';

/** The rows of `bids` as their bidders see them. No entity of the graph: what others may see of a bid is `Bid`. */
export const viewerBids = noun<Bid>({
  name: 'ViewerBid',
  prefix: 'bid',
  entity: Bid,
  type: () => ViewerBidType,
  audience: 'self',
  visible: (actor) => (actor.id === null ? null : { bidderId: { $in: hiddenBiddersOf(actor) } }),
  filter: { auctionId: 'id', bidderId: 'id', placedAt: 'time' },
  sort: ['placedAt'],
});

/** A page of the viewer's own bids, and of those of the organization acted for where the viewer may bid for it. */
export function viewerBidsOf(context: Context, args: ListArgs): Promise<Connection<Bid>> {
  const bidders = [context.actor.id, context.info.actingFor].filter(
    (id): id is string => id !== null && readsHidden(context.actor, id),
  );
  return viewerBids.list(context, args, { bidderId: { $in: bidders } });
}

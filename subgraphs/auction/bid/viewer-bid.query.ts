import { organizationsOf } from '../../../platform/access/permission.ts';
import type { Context } from '../../../platform/context/context.ts';
import { noun, type Connection, type ListArgs } from '../../../platform/nouns/noun.ts';
import { isOwnBid } from '../auction/auction.policy.ts';
import { Bid } from './bid.entity.ts';
import { ViewerBidType } from './viewer-bid.type.ts';

/** The rows of `bids` as their bidders see them. No entity of the graph: what others may see of a bid is `Bid`. */
export const viewerBids = noun<Bid>({
  name: 'ViewerBid',
  prefix: 'bid',
  entity: Bid,
  type: () => ViewerBidType,
  audience: 'self',
  visible: (actor) =>
    actor.id === null ? null : { bidderId: { $in: [actor.id, ...organizationsOf(actor, 'EDITOR')] } },
  filter: { auctionId: 'id', bidderId: 'id', placedAt: 'time' },
  sort: ['placedAt'],
});

/** A page of the viewer's own bids, and of those of the organization acted for where the viewer may bid for it. */
export function viewerBidsOf(context: Context, args: ListArgs): Promise<Connection<Bid>> {
  const bidders = [context.actor.id, context.info.actingFor].filter(
    (id): id is string => id !== null && isOwnBid(id, context.actor),
  );
  return viewerBids.list(context, args, { bidderId: { $in: bidders } });
}

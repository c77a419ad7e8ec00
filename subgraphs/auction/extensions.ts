import { extend, isViewer } from '../../platform/declare/extension.ts';
import { openAuction } from './asset/open-auction.service.ts';
import { sellersOf } from './auction/auction.policy.ts';
import { auctions, lots } from './auction/auction.noun.ts';
import { readsHidden } from './bid/hidden.policy.ts';
import { bids, viewerBids } from './bid/bid.noun.ts';
import { auctionWatches } from './watch/auction-watch.noun.ts';

/* Fields that this OS adds to entities of others. */

export const ofAssets = extend('Asset', (f) => ({
  openAuction: f
    .row(() => auctions, 'The open lot in which the asset is sold; null if there is none.')
    .nullable()
    .from(({ id }, context) => openAuction(context, id)),
}));

/** The public lots and bids of an actor. */
export const ofActors = extend('Actor', (f) => ({
  auctions: f
    .hasMany(() => auctions, 'sellerId', 'The announced lots that this actor sells, newest first. Errors: INVALID.')
    .nullable(),
  bids: f
    .hasMany(
      () => bids,
      'bidderId',
      'The visible bids placed for this actor, newest first; hidden raises and sealed bids are not included. Errors: INVALID.',
    )
    .nullable(),
}));

export const ofViewers = extend('Viewer', (f) => ({
  auctions: f
    .page(
      () => auctions,
      'The lots of the viewer, and those of the organization acted for if the viewer may sell for it, newest first, including drafts. Errors: INVALID.',
      (_viewer, context, args) => {
        const { actor, info } = context;
        const sellers = sellersOf(actor).filter((id) => id === actor.id || id === info.actingFor);
        return lots.list(context, args, { sellerId: { $in: sellers } });
      },
    )
    .restrictedTo('self', isViewer),
  bids: f
    .page(
      () => viewerBids,
      'The viewer’s own bids, and those of the organization acted for if the viewer may bid for it, newest first, including raises and sealed bids, with their maxima. Nobody else sees them: no delegate, and a key only with the scope `auction.read`, or without scopes. Errors: INVALID.',
      (_viewer, context, args) => {
        const { actor, info } = context;
        const bidders = [actor.id, info.actingFor].filter((id) => id !== null && readsHidden(actor, id)) as string[];
        return viewerBids.list(context, args, { bidderId: { $in: bidders } });
      },
    )
    .restrictedTo('self', isViewer),
  auctionWatches: f
    .page(
      () => auctionWatches,
      'The lots that the viewer watches, most recently added first. Nobody else sees them. Errors: INVALID.',
      (_viewer, context, args) => auctionWatches.list(context, args),
    )
    .restrictedTo('self', isViewer),
}));

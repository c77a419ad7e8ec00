import { defineSubgraph, type Subgraph } from '../../platform/subgraph/subgraph.ts';
import { AuctionAsset } from './asset/auction-asset.entity.ts';
import { lotTitles } from './asset/lot-titles.service.ts';
import { AssetStubResolver } from './asset/auction-asset.resolver.ts';
import { Auction } from './auction/auction.entity.ts';
import { AuctionFieldsResolver } from './auction/auction-fields.resolver.ts';
import { auctions } from './auction/auction.query.ts';
import { ActorAuctionsResolver } from './auction/actor-auctions.resolver.ts';
import { AuctionResolver, ViewerAuctionsResolver } from './auction/auction.resolver.ts';
import { FoundedOrganization } from './barred/founded-organization.entity.ts';
import { OrganizationMember } from './barred/organization-member.entity.ts';
import { forgetFormerMembers } from './barred/organization-member.service.ts';
import { OwnedActor } from './barred/owned-actor.entity.ts';
import { Bid } from './bid/bid.entity.ts';
import { bids } from './bid/bid.query.ts';
import { BidRaisedResolver, BidResolver, BidSealedResolver, BidTooLowResolver } from './bid/bid.resolver.ts';
import { bidOutcomes } from './bid/bid.type.ts';
import { AuctionCloser } from './closer/closer.service.ts';
import { closedSellers } from './closing/closed-seller.service.ts';
import { ViewerBidResolver, ViewerStubResolver } from './bid/viewer-bid.resolver.ts';
import { auctionOpened, bidRetracted, facts, formerAuctionCancelled } from './events.ts';
import { ActorStub } from './foreign/actor.ts';
import { AssetStub } from './foreign/asset.ts';
import { ViewerStub } from './foreign/viewer.ts';
import { AuctionClosingResolver, AuctionUpdatedResolver, BidPlacedResolver } from './live/live.resolver.ts';
import { auction001 } from './migrations/001-auction.ts';
import { auction002 } from './migrations/002-viewer-bids.ts';
import { auction003 } from './migrations/003-lifecycle.ts';
import { auction004 } from './migrations/004-placers.ts';
import { auction005 } from './migrations/005-founders.ts';
import { auction006 } from './migrations/006-cancelled.ts';
import { auction007 } from './migrations/007-normal-texts.ts';
import { auction008 } from './migrations/008-seller-owners.ts';
import { auction009 } from './migrations/009-barred.ts';
import { auction010 } from './migrations/010-earlier-titles.ts';
import { auction011 } from './migrations/011-earlier-states.ts';
import { permissions } from './permissions.ts';
import { AuctionImportResolver } from './recording/auction-import.resolver.ts';
import { reactions } from './reactions.ts';
import { AuctionSettlementResolver } from './settlement/settlement.resolver.ts';
import { AuctionWatch } from './watch/auction-watch.entity.ts';
import { auctionWatches } from './watch/auction-watch.query.ts';
import {
  AuctionWatchingResolver,
  AuctionWatchResolver,
  ViewerWatchesResolver,
} from './watch/auction-watch.resolver.ts';

export const auctionSubgraph: Subgraph = defineSubgraph({
  name: 'auction',
  title: 'Auctions',
  description:
    'Lots and bids: English auctions with hidden maxima, Dutch and sealed-bid ones, live, closed to the second by the database’s clock.',
  resolvers: [
    AuctionResolver,
    AuctionFieldsResolver,
    AuctionImportResolver,
    AuctionSettlementResolver,
    BidResolver,
    BidTooLowResolver,
    BidRaisedResolver,
    BidSealedResolver,
    ViewerStubResolver,
    ViewerAuctionsResolver,
    ActorAuctionsResolver,
    ViewerBidResolver,
    AuctionWatchResolver,
    AuctionWatchingResolver,
    ViewerWatchesResolver,
    AssetStubResolver,
    BidPlacedResolver,
    AuctionUpdatedResolver,
    AuctionClosingResolver,
  ],
  nouns: [auctions, bids, auctionWatches],
  entities: [Auction, Bid, AuctionWatch, AuctionAsset, FoundedOrganization, OrganizationMember, OwnedActor],
  types: [ActorStub, AssetStub, ViewerStub, ...Object.values(bidOutcomes)],
  permissions,
  facts,
  // A lot opens when the assets OS answers. In former days bids that everybody saw were taken back, and cancelling was
  // spelt otherwise; streams replay that.
  systemFacts: [auctionOpened, bidRetracted, formerAuctionCancelled],
  reactions,
  migrations: [
    auction001,
    auction002,
    auction003,
    auction004,
    auction005,
    auction006,
    auction007,
    auction008,
    auction009,
    auction010,
    auction011,
  ],
  workers: [(place) => new AuctionCloser(place), closedSellers.worker, lotTitles],
  sweep: forgetFormerMembers,
});

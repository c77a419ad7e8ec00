import { defineSubgraph, type Subgraph } from '../../platform/subgraph/subgraph.ts';
import { AuctionAsset } from './asset/auction-asset.entity.ts';
import { lotTitles } from './asset/lot-titles.service.ts';
import * as auctionMutations from './auction/auction.mutations.ts';
import * as auctionNouns from './auction/auction.noun.ts';
import * as auctionStreams from './auction/auction.streams.ts';
import { FoundedOrganization, OrganizationMember, OwnedActor } from './barred/relation.entity.ts';
import { forgetFormerMembers } from './barred/relation.service.ts';
import * as auctionBids from './bid/auction-bids.fields.ts';
import * as bidOutcomes from './bid/bid-outcome.ts';
import * as bidMutations from './bid/bid.mutations.ts';
import * as bidNouns from './bid/bid.noun.ts';
import * as bidStreams from './bid/bid.streams.ts';
import { AuctionCloser } from './closer/closer.service.ts';
import { closedSellers } from './closing/closed-seller.service.ts';
import { facts, systemFacts } from './events.ts';
import * as extensions from './extensions.ts';
import { migrations } from './migrations/migrations.ts';
import { permissions } from './permissions.ts';
import { reactions } from './reactions.ts';
import * as importMutations from './recording/auction-import.mutations.ts';
import * as settlementMutations from './settlement/settlement.mutations.ts';
import * as settlementFields from './settlement/settlement.fields.ts';
import * as watchMutations from './watch/auction-watch.mutations.ts';
import * as watchNouns from './watch/auction-watch.noun.ts';

export const auctionSubgraph: Subgraph = defineSubgraph({
  name: 'auction',
  title: 'Auctions',
  description:
    'Lots and bids: English auctions with hidden maxima, Dutch and sealed-bid ones, live, closed to the second by the database’s clock.',
  modules: [
    auctionNouns,
    auctionMutations,
    auctionStreams,
    bidNouns,
    auctionBids,
    bidOutcomes,
    bidMutations,
    bidStreams,
    importMutations,
    settlementFields,
    settlementMutations,
    watchNouns,
    watchMutations,
    extensions,
  ],
  entities: [AuctionAsset, FoundedOrganization, OrganizationMember, OwnedActor],
  permissions,
  // Shops bid for their visitors.
  audiences: {
    'Mutation.bidPlace': ['storefront', 'dashboard', 'operator', 'agent'],
    'Mutation.bidRetract': ['storefront', 'dashboard', 'operator', 'agent'],
  },
  facts,
  systemFacts,
  reactions,
  migrations,
  workers: [(place) => new AuctionCloser(place), closedSellers.worker, lotTitles],
  sweep: forgetFormerMembers,
});

import type { Subgraph } from '../platform/subgraph/subgraph.ts';
import { assetsSubgraph } from './assets/subgraph.ts';
import { auctionSubgraph } from './auction/subgraph.ts';
import { hub } from './hub/subgraph.ts';
import { identity } from './identity/subgraph.ts';

/** Every OS of the house, in the order in which the catalog shows them. */
export const subgraphs: readonly Subgraph[] = [identity, assetsSubgraph, auctionSubgraph, hub];

import type { Subgraph } from '../platform/subgraph/subgraph.ts';

/** Every OS of the house, in the order of the catalog. A program that serves some of them does not load the others. */
export const systems: Readonly<Record<string, () => Promise<Subgraph>>> = {
  identity: async () => (await import('./identity/subgraph.ts')).identity,
  assets: async () => (await import('./assets/subgraph.ts')).assetsSubgraph,
  auction: async () => (await import('./auction/subgraph.ts')).auctionSubgraph,
  hub: async () => (await import('./hub/subgraph.ts')).hub,
};

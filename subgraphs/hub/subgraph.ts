import { defineSubgraph, type Subgraph } from '../../platform/subgraph/subgraph.ts';
import { CatalogResolver } from './catalog/catalog.resolver.ts';
import { NodeResolver } from './node/node.resolver.ts';
import { nodeTypes } from './node/node.type.ts';
import { TimeResolver } from './time/time.resolver.ts';

export const hub: Subgraph = defineSubgraph({
  name: 'hub',
  title: 'Hub',
  description:
    'What belongs to no one system: anything by its id, the server’s time, and the graph described by itself.',
  resolvers: [CatalogResolver, NodeResolver, TimeResolver],
  types: nodeTypes,
});

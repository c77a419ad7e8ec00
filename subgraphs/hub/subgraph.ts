import { defineSubgraph, type Subgraph } from '../../platform/subgraph/subgraph.ts';
import { CatalogResolver } from './catalog/catalog.resolver.ts';
import { NodeResolver } from './node/node.resolver.ts';
import { nodeTypes } from './node/node.type.ts';
import { TimeResolver } from './time/time.resolver.ts';

export const hub: Subgraph = defineSubgraph({
  name: 'hub',
  title: 'Hub',
  description:
    'Queries that belong to no single system: any object by its id, the server’s time, and a description of the graph.',
  resolvers: [CatalogResolver, NodeResolver, TimeResolver],
  types: nodeTypes,
});

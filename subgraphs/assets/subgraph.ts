import { defineSubgraph, type Subgraph } from '../../platform/subgraph/subgraph.ts';
import { Asset } from './asset/asset.entity.ts';
import { assets } from './asset/asset.query.ts';
import { AssetResolver } from './asset/asset.resolver.ts';
import { AssetDuplicateClusterResolver, AssetDuplicatesResolver } from './duplicates/asset-duplicates.resolver.ts';
import { facts } from './events.ts';
import { ActorStub } from './foreign/actor.ts';
import { AssetFacetsResolver } from './facets/asset-facets.resolver.ts';
import { AssetImport } from './import/asset-import.entity.ts';
import { assetImports } from './import/asset-import.query.ts';
import { AssetImportProgressedResolver, AssetImportResolver } from './import/asset-import.resolver.ts';
import { assets001 } from './migrations/001-assets.ts';
import { assets002 } from './migrations/002-indexes.ts';
import { assets003 } from './migrations/003-search.ts';
import { assets004 } from './migrations/004-duplicates.ts';
import { permissions } from './permissions.ts';
import { AssetSearchResolver } from './search/asset-search.resolver.ts';

export const assetsSubgraph: Subgraph = defineSubgraph({
  name: 'assets',
  title: 'Assets',
  description:
    'What is owned: works, recordings, collectibles, tokens and documents, from draft to archive, and how they are imported.',
  resolvers: [
    AssetResolver,
    AssetImportResolver,
    AssetImportProgressedResolver,
    AssetFacetsResolver,
    AssetSearchResolver,
    AssetDuplicatesResolver,
    AssetDuplicateClusterResolver,
  ],
  nouns: [assets, assetImports],
  entities: [Asset, AssetImport],
  types: [ActorStub],
  permissions,
  facts,
  migrations: [assets001, assets002, assets003, assets004],
});

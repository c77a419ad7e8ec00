import { defineSubgraph, type Subgraph } from '../../platform/subgraph/subgraph.ts';
import * as annotationMutations from './annotation/media-annotation.mutations.ts';
import * as annotationNoun from './annotation/media-annotation.noun.ts';
import { Asset } from './asset/asset.entity.ts';
import { assets } from './asset/asset.query.ts';
import { AssetResolver } from './asset/asset.resolver.ts';
import { AssetsOfActorResolver, AssetsOfViewerResolver } from './asset/owned-asset.resolver.ts';
import { AssetStatusResolver } from './asset/asset-status.resolver.ts';
import { Category } from './category/category.entity.ts';
import { categories } from './category/category.query.ts';
import { AssetCategoryResolver, CategoryResolver } from './category/category.resolver.ts';
import * as duplicates from './duplicates/asset-duplicates.ts';
import { closedOwners } from './closing/closed-owner.service.ts';
import { facts, systemFacts } from './events.ts';
import { assets014ClosedOwners } from './migrations/014-closed-owners.ts';
import * as fetchMutations from './fetch/asset-fetch.mutations.ts';
import * as fetchNoun from './fetch/asset-fetch.noun.ts';
import * as fetchStreams from './fetch/asset-fetch.streams.ts';
import { assetFetching } from './fetch/asset-fetch.worker.ts';
import { sweepFetches } from './fetch/sweep.ts';
import { ActorStub } from './foreign/actor.ts';
import { ViewerStub } from './foreign/viewer.ts';
import * as fieldMutations from './import/asset-field.mutations.ts';
import * as handEdits from './import/asset-hand-edit.ts';
import * as importMutations from './import/asset-import.mutations.ts';
import * as importNoun from './import/asset-import.noun.ts';
import * as importStreams from './import/asset-import.streams.ts';
import * as recordFetchMutations from './record-fetch/asset-record-fetch.mutations.ts';
import * as recordFetchNoun from './record-fetch/asset-record-fetch.noun.ts';
import * as recordFetchStreams from './record-fetch/asset-record-fetch.streams.ts';
import { assetRecordFetching } from './record-fetch/asset-record-fetch.worker.ts';
import { AssetFacetsResolver } from './facets/asset-facets.resolver.ts';
import { AssetChangeResolver, AssetHistoryResolver } from './history/asset-change.resolver.ts';
import * as indexing from './indexing/asset-indexing.ts';
import { assetIndexing } from './indexing/asset-indexing.worker.ts';
import { AssetLink } from './link/asset-link.entity.ts';
import { assetLinks } from './link/asset-link.query.ts';
import { AssetLinkOfAssetResolver, AssetLinkResolver, LinksOfViewerResolver } from './link/asset-link.resolver.ts';
import { MediaUpload } from './media/media.entity.ts';
import * as mediaMutations from './media/media.mutations.ts';
import * as mediaNoun from './media/media.noun.ts';
import * as tokenReading from './record-fetch/token/token-reading-of-asset.ts';
import { iiifRoute } from './media/iiif-route.ts';
import { mediaRoute } from './media/media-route.ts';
import { sweepMedia } from './media/sweep.ts';
import { uploadRoute } from './media/upload-route.ts';
import { assets001 } from './migrations/001-assets.ts';
import { assets002 } from './migrations/002-indexes.ts';
import { assets003 } from './migrations/003-search.ts';
import { assets004 } from './migrations/004-registry.ts';
import { assets005 } from './migrations/005-default-categories.ts';
import { assets006 } from './migrations/006-duplicates.ts';
import { assets007 } from './migrations/007-media.ts';
import { assets008 } from './migrations/008-embeddings.ts';
import { assets009 } from './migrations/009-words.ts';
import { assets010 } from './migrations/010-media-limits.ts';
import { assets011 } from './migrations/011-media-annotations.ts';
import { assets012 } from './migrations/012-link-consent.ts';
import { assets013 } from './migrations/013-hand-edits.ts';
import { assets015 } from './migrations/015-materials.ts';
import { assets016 } from './migrations/016-normal-texts.ts';
import { assets017 } from './migrations/017-archived-annotations.ts';
import { assets019 } from './migrations/019-indexing.ts';
import { assets020 } from './migrations/020-record-fetches.ts';
import { assets021 } from './migrations/021-fetches.ts';
import * as neighbors from './neighbors/asset-neighbors.ts';
import { assetEmbedding } from './neighbors/asset-embedding.service.ts';
import { AssetPart } from './part/asset-part.entity.ts';
import { AssetPartResolver } from './part/asset-part.resolver.ts';
import { permissions } from './permissions.ts';
import { reactions } from './reactions.ts';
import { AssetSaleResolver } from './sale/sale.resolver.ts';
import { AssetSearchResolver } from './search/asset-search.resolver.ts';
import { sweepWords } from './search/words.service.ts';
import { AssetStructureResolver, structureTypesOfGraph } from './structure/structure.resolver.ts';
import { AssetTagResolver } from './tag/tag.resolver.ts';
import { AssetTraitRarityResolver, AssetTraitResolver } from './trait/trait.resolver.ts';
import { AssetTransfer } from './transfer/asset-transfer.entity.ts';
import { assetTransfers } from './transfer/asset-transfer.query.ts';
import {
  AssetTransferAcceptPayloadResolver,
  AssetTransferPayloadResolver,
  AssetTransferQueryResolver,
  AssetTransferResolver,
  TransfersOfViewerResolver,
} from './transfer/asset-transfer.resolver.ts';

export const assetsSubgraph: Subgraph = defineSubgraph({
  name: 'assets',
  title: 'Assets',
  description:
    'What is owned: works, recordings, collectibles, tokens and documents, from draft to archive, and how they are imported.',
  modules: [
    mediaNoun,
    mediaMutations,
    annotationNoun,
    annotationMutations,
    fetchNoun,
    fetchMutations,
    fetchStreams,
    recordFetchNoun,
    recordFetchMutations,
    recordFetchStreams,
    tokenReading,
    importNoun,
    importMutations,
    importStreams,
    handEdits,
    fieldMutations,
    indexing,
    neighbors,
    duplicates,
  ],
  resolvers: [
    AssetResolver,
    AssetsOfActorResolver,
    AssetsOfViewerResolver,
    AssetStatusResolver,
    AssetSaleResolver,
    AssetStructureResolver,
    AssetPartResolver,
    AssetTagResolver,
    AssetTraitResolver,
    AssetTraitRarityResolver,
    AssetLinkResolver,
    LinksOfViewerResolver,
    AssetLinkOfAssetResolver,
    AssetHistoryResolver,
    AssetChangeResolver,
    AssetTransferQueryResolver,
    TransfersOfViewerResolver,
    AssetTransferResolver,
    AssetTransferPayloadResolver,
    AssetTransferAcceptPayloadResolver,
    CategoryResolver,
    AssetCategoryResolver,
    AssetFacetsResolver,
    AssetSearchResolver,
    duplicates.AssetDuplicatesResolver,
  ],
  nouns: [assets, assetLinks, assetTransfers, categories],
  entities: [Asset, AssetPart, AssetLink, AssetTransfer, Category, MediaUpload],
  types: [ActorStub, ViewerStub, ...structureTypesOfGraph],
  permissions,
  facts,
  systemFacts,
  reactions,
  migrations: [
    assets001,
    assets002,
    assets003,
    assets004,
    assets005,
    assets006,
    assets007,
    assets008,
    assets009,
    assets010,
    assets011,
    assets012,
    assets013,
    assets014ClosedOwners,
    assets015,
    assets016,
    assets017,
    assets019,
    assets020,
    assets021,
  ],
  // Embedding before indexing, which waits for vectors.
  workers: [assetRecordFetching, assetEmbedding, closedOwners.worker, assetIndexing, assetFetching],
  routes: [mediaRoute, uploadRoute, iiifRoute],
  sweep: async (context) => {
    // First, since a process that keeps no objects cannot sweep media.
    await sweepWords(context);
    await sweepFetches(context);
    await sweepMedia(context);
  },
});

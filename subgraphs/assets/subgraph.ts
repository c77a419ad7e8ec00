import { defineSubgraph, type Subgraph } from '../../platform/subgraph/subgraph.ts';
import * as assetMutations from './asset/asset.mutations.ts';
import * as assetNoun from './asset/asset.noun.ts';
import * as categoryMutations from './category/category.mutations.ts';
import * as categoryNoun from './category/category.noun.ts';
import * as facetQuery from './facets/asset-facets.query.ts';
import * as historyFields from './history/asset-change.fields.ts';
import * as historyTypes from './history/asset-change.type.ts';
import * as linkMutations from './link/asset-link.mutations.ts';
import * as linkNoun from './link/asset-link.noun.ts';
import * as partFields from './part/asset-part.fields.ts';
import * as partMutations from './part/asset-part.mutations.ts';
import * as saleMutations from './sale/sale.mutations.ts';
import * as searchFields from './search/asset-search.fields.ts';
import * as artTypes from './structure/art.type.ts';
import * as itemTypes from './structure/item.type.ts';
import * as musicTypes from './structure/music.type.ts';
import * as structureQuery from './structure/structure.query.ts';
import * as tagQuery from './tag/tag.query.ts';
import * as traitFields from './trait/trait.fields.ts';
import * as transferMutations from './transfer/asset-transfer.mutations.ts';
import * as transferNoun from './transfer/asset-transfer.noun.ts';
import * as annotationMutations from './annotation/media-annotation.mutations.ts';
import * as annotationNoun from './annotation/media-annotation.noun.ts';
import * as duplicates from './duplicates/asset-duplicates.ts';
import * as fetchMutations from './fetch/asset-fetch.mutations.ts';
import * as fetchNoun from './fetch/asset-fetch.noun.ts';
import * as fetchStreams from './fetch/asset-fetch.streams.ts';
import * as fieldMutations from './import/asset-field.mutations.ts';
import * as handEdits from './import/asset-hand-edit.ts';
import * as importMutations from './import/asset-import.mutations.ts';
import * as importNoun from './import/asset-import.noun.ts';
import * as importStreams from './import/asset-import.streams.ts';
import * as indexing from './indexing/asset-indexing.ts';
import * as mediaMutations from './media/media.mutations.ts';
import * as mediaNoun from './media/media.noun.ts';
import * as neighbors from './neighbors/asset-neighbors.ts';
import * as recordFetchMutations from './record-fetch/asset-record-fetch.mutations.ts';
import * as recordFetchNoun from './record-fetch/asset-record-fetch.noun.ts';
import * as recordFetchStreams from './record-fetch/asset-record-fetch.streams.ts';
import * as tokenReading from './record-fetch/token/token-reading-of-asset.ts';
import { closedOwners } from './closing/closed-owner.service.ts';
import * as events from './events.ts';
import { assetFetching } from './fetch/asset-fetch.worker.ts';
import { sweepFetches } from './fetch/sweep.ts';
import { assetRecordFetching } from './record-fetch/asset-record-fetch.worker.ts';
import { assetIndexing } from './indexing/asset-indexing.worker.ts';
import { iiifRoute } from './media/iiif-route.ts';
import { MediaUpload } from './media/media.entity.ts';
import { mediaRoute } from './media/media-route.ts';
import { sweepMedia } from './media/sweep.ts';
import { uploadRoute } from './media/upload-route.ts';
import { migrations } from './migrations/migrations.ts';
import { assetEmbedding } from './neighbors/asset-embedding.service.ts';
import { AssetPart } from './part/asset-part.entity.ts';
import { permissions } from './permissions.ts';
import { reactions } from './reactions.ts';
import { sweepWords } from './search/words.service.ts';

export const assetsSubgraph: Subgraph = defineSubgraph({
  name: 'assets',
  title: 'Assets',
  description:
    'Works, recordings, collectibles, tokens and documents with their owners, from draft to archive, and their import.',
  modules: [
    events,
    assetMutations,
    assetNoun,
    categoryMutations,
    categoryNoun,
    facetQuery,
    historyFields,
    historyTypes,
    linkMutations,
    linkNoun,
    partFields,
    partMutations,
    saleMutations,
    searchFields,
    artTypes,
    itemTypes,
    musicTypes,
    structureQuery,
    tagQuery,
    traitFields,
    transferMutations,
    transferNoun,
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
  resolvers: [duplicates.AssetDuplicatesResolver],
  idPrefixes: { upl: 'MediaUpload' },
  entities: [AssetPart, MediaUpload],
  permissions,
  systemFacts: events.systemFacts,
  reactions,
  migrations,
  // Embedding before indexing, which waits for vectors.
  workers: [assetRecordFetching, assetEmbedding, closedOwners.worker, assetIndexing, assetFetching],
  routes: [mediaRoute, uploadRoute, iiifRoute],
  sweep: async (context) => {
    // First, because a process without an object store cannot sweep media.
    await sweepWords(context);
    await sweepFetches(context);
    await sweepMedia(context);
  },
});

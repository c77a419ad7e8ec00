import { defineSubgraph, type Subgraph } from '../../platform/subgraph/subgraph.ts';
import { Asset } from './asset/asset.entity.ts';
import { assets } from './asset/asset.query.ts';
import { AssetResolver } from './asset/asset.resolver.ts';
import { facts } from './events.ts';
import { ActorStub } from './foreign/actor.ts';
import { AssetImport } from './import/asset-import.entity.ts';
import { assetImports } from './import/asset-import.query.ts';
import { AssetImportProgressedResolver, AssetImportResolver } from './import/asset-import.resolver.ts';
import { iiifRoute } from './media/iiif-route.ts';
import { Media, MediaUpload } from './media/media.entity.ts';
import { mediaItems } from './media/media.query.ts';
import { AssetMediaResolver, MediaResolver, MediaUploadResolver } from './media/media.resolver.ts';
import { mediaRoute } from './media/media-route.ts';
import { sweepMedia } from './media/sweep.ts';
import { uploadRoute } from './media/upload-route.ts';
import { assets001 } from './migrations/001-assets.ts';
import { assets002 } from './migrations/002-indexes.ts';
import { assets003 } from './migrations/003-media.ts';
import { permissions } from './permissions.ts';

export const assetsSubgraph: Subgraph = defineSubgraph({
  name: 'assets',
  title: 'Assets',
  description:
    'What is owned: works, recordings, collectibles, tokens and documents, from draft to archive, and how they are imported.',
  resolvers: [
    AssetResolver,
    AssetImportResolver,
    AssetImportProgressedResolver,
    MediaResolver,
    MediaUploadResolver,
    AssetMediaResolver,
  ],
  nouns: [assets, assetImports, mediaItems],
  entities: [Asset, AssetImport, Media, MediaUpload],
  types: [ActorStub],
  permissions,
  facts,
  migrations: [assets001, assets002, assets003],
  routes: [mediaRoute, uploadRoute, iiifRoute],
  sweep: sweepMedia,
});

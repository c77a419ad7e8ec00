import { z } from 'zod';
import { fact } from '../../platform/facts/fact.ts';

const status = z.enum(['DRAFT', 'PUBLISHED', 'ARCHIVED']);
const kind = z.enum(['MUSIC', 'ART', 'COLLECTIBLE', 'NFT', 'DOCUMENT', 'OTHER']);

export const assetCreated = fact(
  'assets.asset.created',
  'An asset was created.',
  z.object({ assetId: z.string(), ownerId: z.string(), title: z.string(), kind, status }),
);

export const assetUpdated = fact(
  'assets.asset.updated',
  'What is written of an asset was changed.',
  z.object({
    assetId: z.string(),
    ownerId: z.string(),
    changed: z.record(z.string(), z.object({ from: z.json(), to: z.json() })),
  }),
);

export const assetPublished = fact(
  'assets.asset.published',
  'An asset was shown to everybody.',
  z.object({ assetId: z.string(), ownerId: z.string(), title: z.string() }),
);

export const assetArchived = fact(
  'assets.asset.archived',
  'An asset was taken out of sight.',
  z.object({ assetId: z.string(), ownerId: z.string(), previousStatus: status }),
);

export const assetImported = fact(
  'assets.asset.imported',
  'An asset came, or changed, with an import.',
  z.object({
    assetId: z.string(),
    ownerId: z.string(),
    importId: z.string(),
    title: z.string(),
    change: z.enum(['CREATED', 'UPDATED']),
  }),
);

export const importProgressed = fact(
  'assets.import.progressed',
  'A batch of an import was taken in.',
  z.object({
    importId: z.string(),
    ownerId: z.string(),
    source: z.string(),
    lastLine: z.int(),
    total: z.int().nullable(),
    created: z.int(),
    updated: z.int(),
    unchanged: z.int(),
    rejected: z.int(),
    /** How many assets this batch made visible to everybody. */
    published: z.int(),
  }),
);

export const mediaAttached = fact(
  'assets.media.attached',
  'A picture, recording, film, document or model was put to an asset.',
  z.object({
    assetId: z.string(),
    ownerId: z.string(),
    mediaId: z.string(),
    kind: z.enum(['IMAGE', 'AUDIO', 'VIDEO', 'DOCUMENT', 'MODEL']),
    contentType: z.string(),
    /** Bytes. */
    size: z.int(),
    sha256: z.string(),
    /** Its place among the media of the asset, from 0. */
    position: z.int(),
  }),
);

export const mediaReordered = fact(
  'assets.media.reordered',
  'The media of an asset were put into another order.',
  z.object({ assetId: z.string(), ownerId: z.string(), mediaIds: z.array(z.string()) }),
);

export const mediaDetached = fact(
  'assets.media.detached',
  'A medium was taken off its asset.',
  z.object({ assetId: z.string(), ownerId: z.string(), mediaId: z.string() }),
);

export const facts = [
  assetCreated,
  assetUpdated,
  assetPublished,
  assetArchived,
  assetImported,
  importProgressed,
  mediaAttached,
  mediaReordered,
  mediaDetached,
];

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

export const facts = [assetCreated, assetUpdated, assetPublished, assetArchived, assetImported, importProgressed];

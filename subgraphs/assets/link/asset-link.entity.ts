import { defineEntity, p } from '@mikro-orm/core';
import { standardColumns } from '../../../platform/nouns/entity.ts';

export const assetLinkKinds = [
  'PROJECT',
  'CAMPAIGN',
  'COLLECTION',
  'LISTING',
  'DOCUMENT',
  'ON_CHAIN',
  'STORAGE',
  'WEB',
] as const;
export type AssetLinkKind = (typeof assetLinkKinds)[number];

/** Kinds whose target is a thing of another OS, named by its id; the others lead to an address. */
export const idKinds: readonly AssetLinkKind[] = ['PROJECT', 'CAMPAIGN', 'COLLECTION', 'LISTING', 'DOCUMENT'];

/** Links of one asset. */
export const linksAtMost = 100;

export const AssetLinkSchema = defineEntity({
  name: 'AssetLink',
  tableName: 'asset_links',
  properties: {
    ...standardColumns,
    assetId: p.text().name('asset_id'),
    kind: p.enum(assetLinkKinds),
    /** An id, or an address. */
    target: p.text(),
    relation: p.text().nullable(),
    createdBy: p.text().name('created_by'),
  },
});

/** That an asset belongs with something: a project, a campaign, a collection, an address. */
export class AssetLink extends AssetLinkSchema.class {}
AssetLinkSchema.setClass(AssetLink);

import { defineEntity, p } from '@mikro-orm/core';
import { Conflict } from '../../../platform/errors/errors.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';
import { Asset } from '../asset/asset.entity.ts';

export const assetLinkKinds = [
  'ASSET',
  'DOCUMENT',
  'PROJECT',
  'CAMPAIGN',
  'COLLECTION',
  'LISTING',
  'ON_CHAIN',
  'STORAGE',
  'WEB',
] as const;
export type AssetLinkKind = (typeof assetLinkKinds)[number];

export const assetLinkStatuses = ['PROPOSED', 'ACCEPTED', 'DECLINED'] as const;
export type AssetLinkStatus = (typeof assetLinkStatuses)[number];

/** Kinds that lead to an address outside of the graph, which belongs to nobody here. */
export const addressKinds: readonly AssetLinkKind[] = ['ON_CHAIN', 'STORAGE', 'WEB'];

/** Kinds whose targets are assets. */
export const assetTargetKinds: readonly AssetLinkKind[] = ['ASSET', 'DOCUMENT'];

/** Links of one asset. */
export const linksAtMost = 100;

export const AssetLinkSchema = defineEntity({
  name: 'AssetLink',
  tableName: 'asset_links',
  properties: {
    ...standardColumns,
    asset: () => p.manyToOne(Asset).ref().fieldName('asset_id'),
    kind: p.enum(assetLinkKinds),
    /** An id, or an address. */
    target: p.text(),
    relation: p.text().nullable(),
    status: p.enum(assetLinkStatuses),
    /** Whose asset it was when the link was proposed. */
    proposerId: p.text().name('proposer_id').nullable(),
    /** Whose the target is; null where it belongs to nobody of the graph. */
    targetOwnerId: p.text().name('target_owner_id').nullable(),
    createdBy: p.text().name('created_by'),
    answeredBy: p.text().name('answered_by').nullable(),
    answeredAt: p.datetime(3).name('answered_at').nullable(),
  },
});

/** That an asset belongs with something: another asset, a document, an address. */
export class AssetLink extends AssetLinkSchema.class {
  /** The target's owner says yes or no to what was proposed. */
  answer(status: 'ACCEPTED' | 'DECLINED', by: string, now: Date): void {
    if (this.status !== 'PROPOSED')
      throw new Conflict(`This link was ${this.status.toLowerCase()} already.`, { path: ['input', 'linkId'] });
    Object.assign(this, { status, answeredBy: by, answeredAt: now, updatedAt: now });
  }
}
AssetLinkSchema.setClass(AssetLink);

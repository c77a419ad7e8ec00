import { defineEntity, p } from '@mikro-orm/core';
import { enumeration, type ValueOf } from '../../../platform/declare/enumeration.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';
import { Asset } from '../asset/asset.entity.ts';

export const AssetLinkKind = enumeration(
  'AssetLinkKind',
  'The kind of target of a link. ASSET and DOCUMENT take a `targetId`; ON_CHAIN, STORAGE and WEB take a `url`. PROJECT, CAMPAIGN, COLLECTION and LISTING are INVALID until a system of the graph has such objects and can confirm the link.',
  {
    ASSET: 'Another asset.',
    DOCUMENT: 'An asset of the kind DOCUMENT.',
    PROJECT: 'A project; not supported yet.',
    CAMPAIGN: 'A campaign; not supported yet.',
    COLLECTION: 'A collection; not supported yet.',
    LISTING: 'A listing; not supported yet.',
    ON_CHAIN: 'An address on a blockchain explorer.',
    STORAGE: 'An address in a storage network, such as ipfs: or ar:.',
    WEB: 'A web page.',
  },
);
export type AssetLinkKind = ValueOf<typeof AssetLinkKind>;

export const AssetLinkStatus = enumeration('AssetLinkStatus', 'The status of a link.', {
  PROPOSED: 'Waiting for the owner of the target; visible to the owners of both ends.',
  ACCEPTED: 'Accepted, or no acceptance is needed; visible to everybody who sees the asset.',
  DECLINED: 'Declined or removed by the owner of the target; cannot be proposed again for 30 days.',
});

/** Kinds whose target is an address outside the graph, which has no owner here. */
export const addressKinds: readonly AssetLinkKind[] = ['ON_CHAIN', 'STORAGE', 'WEB'];

/** Kinds whose targets are assets. */
export const assetTargetKinds: readonly AssetLinkKind[] = ['ASSET', 'DOCUMENT'];

/** Links per asset. */
export const linksAtMost = 100;

export const AssetLinkSchema = defineEntity({
  name: 'AssetLink',
  tableName: 'asset_links',
  properties: {
    ...standardColumns,
    asset: () => p.manyToOne(Asset).ref().fieldName('asset_id'),
    kind: p.enum(AssetLinkKind.values),
    /** An id or an address. */
    target: p.text(),
    relation: p.text().nullable(),
    status: p.enum(AssetLinkStatus.values),
    /** The owner of the asset when the link was proposed. */
    proposerId: p.text().name('proposer_id').nullable(),
    /** The owner of the target; null if it has none in the graph. */
    targetOwnerId: p.text().name('target_owner_id').nullable(),
    createdBy: p.text().name('created_by'),
    answeredBy: p.text().name('answered_by').nullable(),
    answeredAt: p.datetime(3).name('answered_at').nullable(),
  },
});

/** A link between an asset and another asset, a document or an address. */
export class AssetLink extends AssetLinkSchema.class {
  /** Records the answer of the target's owner to a proposal. */
  answer(status: 'ACCEPTED' | 'DECLINED', by: string, now: Date): void {
    if (this.status !== 'PROPOSED')
      throw new Conflict(`This link was already ${this.status.toLowerCase()}.`, { path: ['input', 'linkId'] });
    Object.assign(this, { status, answeredBy: by, answeredAt: now, updatedAt: now });
  }
}
AssetLinkSchema.setClass(AssetLink);

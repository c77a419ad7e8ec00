import { defineEntity, p } from '@mikro-orm/core';
import { enumeration, type ValueOf } from '../../../platform/declare/enumeration.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';
import { Asset } from '../asset/asset.entity.ts';

export const AssetLinkKind = enumeration(
  'AssetLinkKind',
  'The kind of target of a link. ASSET (another asset) and DOCUMENT (an asset of the kind DOCUMENT) take a `targetId`; ON_CHAIN, STORAGE and WEB take a `url`. PROJECT, CAMPAIGN, COLLECTION and LISTING are refused until a system of the graph keeps such things and can confirm the link.',
  {
    ASSET: 'Another asset.',
    DOCUMENT: 'An asset of the kind DOCUMENT.',
    PROJECT: 'A project; refused until the graph keeps projects.',
    CAMPAIGN: 'A campaign; refused until the graph keeps campaigns.',
    COLLECTION: 'A collection; refused until the graph keeps collections.',
    LISTING: 'A listing; refused until the graph keeps listings.',
    ON_CHAIN: 'An address on a blockchain explorer.',
    STORAGE: 'An address in a storage network, such as ipfs: or ar:.',
    WEB: 'A web page.',
  },
);
export type AssetLinkKind = ValueOf<typeof AssetLinkKind>;

export const AssetLinkStatus = enumeration(
  'AssetLinkStatus',
  'PROPOSED: the owner of the target has not answered; only the owners of both ends see it. ACCEPTED: everybody who sees the asset sees it. DECLINED: the owner of the target said no or took it away; it cannot be proposed again for 30 days.',
  {
    PROPOSED: 'Waits for the owner of the target.',
    ACCEPTED: 'Agreed to, or in need of no agreement.',
    DECLINED: 'Refused or withdrawn by the owner of the target.',
  },
);

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
    kind: p.enum(AssetLinkKind.values),
    /** An id, or an address. */
    target: p.text(),
    relation: p.text().nullable(),
    status: p.enum(AssetLinkStatus.values),
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

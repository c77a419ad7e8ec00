import { Field, ID, ObjectType } from 'type-graphql';
import { enumKind } from '../../../platform/nouns/filter.ts';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { AssetType } from '../asset/asset.type.ts';
import { ActorStub } from '../foreign/actor.ts';
import {
  assetLinkKinds,
  assetLinkStatuses,
  type AssetLink,
  type AssetLinkKind,
  type AssetLinkStatus,
} from './asset-link.entity.ts';

export const AssetLinkKindEnum = Object.fromEntries(assetLinkKinds.map((kind) => [kind, kind])) as Record<
  AssetLinkKind,
  AssetLinkKind
>;
export const assetLinkKindFilter = enumKind(
  AssetLinkKindEnum,
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

export const AssetLinkStatusEnum = Object.fromEntries(assetLinkStatuses.map((status) => [status, status])) as Record<
  AssetLinkStatus,
  AssetLinkStatus
>;
export const assetLinkStatusFilter = enumKind(
  AssetLinkStatusEnum,
  'AssetLinkStatus',
  'PROPOSED: the owner of the target has not answered; only the owners of both ends see it. ACCEPTED: everybody who sees the asset sees it. DECLINED: the owner of the target said no or took it away; it cannot be proposed again for 30 days.',
  {
    PROPOSED: 'Waits for the owner of the target.',
    ACCEPTED: 'Agreed to, or in need of no agreement.',
    DECLINED: 'Refused or withdrawn by the owner of the target.',
  },
);

@ObjectType('AssetLink', {
  description:
    'A link between an asset and another asset, a document or an address. If somebody else owns the target, the link is a proposal until that owner accepts it.',
})
export class AssetLinkType implements Pick<AssetLink, 'id' | 'kind' | 'status' | 'createdAt' | 'updatedAt'> {
  @Field(() => ID)
  id!: string;

  @Field(() => AssetLinkKindEnum, { description: 'The kind of target.' })
  kind!: AssetLinkKind;

  @Field(() => AssetLinkStatusEnum, { description: 'Whether the owner of the target has agreed.' })
  status!: AssetLinkStatus;

  @Field(() => AssetType, {
    nullable: true,
    description: 'The asset that is linked. Null when the viewer cannot see it.',
  })
  source!: Asset | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The id of the target, where it is a thing of the graph that the viewer can see.',
  })
  targetId!: string | null;

  @Field(() => AssetType, {
    nullable: true,
    description: 'The target of an ASSET or DOCUMENT link. Null when the viewer cannot see it.',
  })
  targetAsset!: Asset | null;

  @Field(() => ActorStub, {
    nullable: true,
    description: 'The owner of the target, who accepts or declines. Null for addresses.',
  })
  targetOwner!: ActorStub | null;

  @Field(() => String, { nullable: true, description: 'The address of an ON_CHAIN, STORAGE or WEB link.' })
  url!: string | null;

  @Field(() => String, { nullable: true, description: 'As what: "cover", "lead single". At most 120 characters.' })
  relation!: string | null;

  @Field(() => ActorStub, { nullable: true, description: 'Who linked them.' })
  createdBy!: ActorStub | null;

  @Field(() => ActorStub, {
    nullable: true,
    description: 'Who accepted or declined it. Null where nobody had to be asked.',
  })
  answeredBy!: ActorStub | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was accepted or declined.' })
  answeredAt!: Date | null;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime)
  updatedAt!: Date;
}

import { Field, ID, ObjectType } from 'type-graphql';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { AssetType } from '../asset/asset.type.ts';
import { ActorStub } from '../foreign/actor.ts';
import { AssetLinkKind, AssetLinkStatus, type AssetLink } from './asset-link.entity.ts';

@ObjectType('AssetLink', {
  description:
    'A link between an asset and another asset, a document or an address. If somebody else owns the target, the link is a proposal until that owner accepts it.',
})
export class AssetLinkType implements Pick<AssetLink, 'id' | 'kind' | 'status' | 'createdAt' | 'updatedAt'> {
  @Field(() => ID)
  id!: string;

  @Field(() => AssetLinkKind.enum, { description: 'The kind of target.' })
  kind!: AssetLinkKind;

  @Field(() => AssetLinkStatus.enum, { description: 'Whether the owner of the target has agreed.' })
  status!: AssetLink['status'];

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

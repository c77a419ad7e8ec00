import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import { ActorStub } from '../foreign/actor.ts';
import { assetLinkKinds, type AssetLinkKind } from './asset-link.entity.ts';

export const AssetLinkKindEnum = Object.fromEntries(assetLinkKinds.map((kind) => [kind, kind])) as Record<
  AssetLinkKind,
  AssetLinkKind
>;
registerEnumType(AssetLinkKindEnum, {
  name: 'AssetLinkKind',
  description:
    'With what an asset is linked: PROJECT to DOCUMENT name a thing of the graph by its id, ON_CHAIN, STORAGE and WEB an address.',
});

@ObjectType('AssetLink', { description: 'That an asset belongs with something else.' })
export class AssetLinkType {
  @Field(() => ID)
  id!: string;

  @Field(() => AssetLinkKindEnum)
  kind!: AssetLinkKind;

  @Field(() => ID, { nullable: true, description: 'The id of a thing of the graph: `node(id)` answers it.' })
  targetId!: string | null;

  @Field(() => String, { nullable: true, description: 'An address, where the kind has one.' })
  url!: string | null;

  @Field(() => String, { nullable: true, description: 'As what: "cover", "lead single".' })
  relation!: string | null;

  @Field(() => ActorStub, { nullable: true, description: 'Who linked them.' })
  createdBy!: ActorStub | null;

  @Field(() => DateTime)
  createdAt!: Date;
}

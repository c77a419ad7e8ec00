import { IsIn, MaxLength } from 'class-validator';
import {
  Arg,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Resolver,
  Root,
} from 'type-graphql';
import { Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { AssetType } from '../asset/asset.type.ts';
import { assetLinkAdded, assetLinkRemoved } from '../events.ts';
import { actorStub } from '../foreign/actor.ts';
import { assetLinkKinds, idKinds, linksAtMost, type AssetLink, type AssetLinkKind } from './asset-link.entity.ts';
import { linksOf } from './asset-link.query.ts';
import { assetLinkAdd, assetLinkRemove } from './asset-link.service.ts';
import { AssetLinkKindEnum, AssetLinkType } from './asset-link.type.ts';

@InputType('AssetLinkAddInput')
export class AssetLinkAddInput {
  @Field(() => ID)
  @MaxLength(40)
  assetId!: string;

  @Field(() => AssetLinkKindEnum)
  @IsIn(assetLinkKinds)
  kind!: AssetLinkKind;

  @Field(() => ID, { nullable: true, description: 'The id of a project, campaign, collection, listing or document.' })
  @MaxLength(40)
  targetId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'An http, ipfs, ar, s3 or gs address, at most 2,000 characters.',
  })
  @MaxLength(2000)
  url?: string | null;

  @Field(() => String, { nullable: true, description: 'As what, at most 120 characters: "cover", "lead single".' })
  @MaxLength(120)
  relation?: string | null;
}

@InputType('AssetLinkRemoveInput')
export class AssetLinkRemoveInput {
  @Field(() => ID)
  @MaxLength(40)
  assetId!: string;

  @Field(() => ID)
  @MaxLength(40)
  linkId!: string;
}

@ObjectType('AssetLinkAddPayload')
export class AssetLinkAddPayload {
  @Field(() => AssetType)
  asset!: Asset;
}

@ObjectType('AssetLinkRemovePayload')
export class AssetLinkRemovePayload {
  @Field(() => AssetType)
  asset!: Asset;
}

@Resolver(() => AssetType)
export class AssetLinkResolver {
  @Directive(`@listSize(assumedSize: ${linksAtMost})`)
  @FieldResolver(() => [AssetLinkType], {
    description: 'What it belongs with: projects, campaigns, collections, addresses. At most 100, the oldest first.',
  })
  async links(@Root() { id }: Asset, @Ctx() context: Context): Promise<AssetLinkType[]> {
    return (await linksOf(context, id)).map(linkOf);
  }

  @Writes('assets.assetLink.add', { facts: [assetLinkAdded] })
  @Mutation(() => AssetLinkAddPayload, {
    description:
      'Links an asset with a project, campaign, collection or address. The same link again changes its relation only. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT for more than 100 links.',
  })
  assetLinkAdd(@Arg('input', () => AssetLinkAddInput) input: AssetLinkAddInput): Run<AssetLinkAddPayload> {
    checkId(input.assetId, 'ast', ['input', 'assetId']);
    return run(async (tx) => ({ asset: await assetLinkAdd(tx, input) }));
  }

  @Writes('assets.assetLink.remove', { facts: [assetLinkRemoved] })
  @Mutation(() => AssetLinkRemovePayload, {
    description: 'Takes a link away. Doing it again changes nothing. Errors: NOT_FOUND, FORBIDDEN, INVALID.',
  })
  assetLinkRemove(@Arg('input', () => AssetLinkRemoveInput) input: AssetLinkRemoveInput): Run<AssetLinkRemovePayload> {
    checkId(input.assetId, 'ast', ['input', 'assetId']);
    checkId(input.linkId, 'aln', ['input', 'linkId']);
    return run(async (tx) => ({ asset: await assetLinkRemove(tx, input) }));
  }
}

function linkOf({ id, kind, target, relation, createdBy, createdAt }: AssetLink): AssetLinkType {
  const byId = idKinds.includes(kind);
  return {
    id,
    kind,
    targetId: byId ? target : null,
    url: byId ? null : target,
    relation: relation ?? null,
    createdBy: actorStub(createdBy),
    createdAt,
  };
}

import { ArrayMaxSize, Max, MaxLength, Min } from 'class-validator';
import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
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
import { assetArranged } from '../events.ts';
import { partsAtMost, wholesAtMost } from './asset-part.entity.ts';
import { partsOf, wholesOf } from './asset-part.query.ts';
import { assetArrange } from './asset-part.service.ts';

@ArgsType()
export class AssetPartsArgs {
  @Field(() => Int, {
    defaultValue: partsAtMost,
    description:
      'How many from the start, all of them when absent; 0 to 500. A query that nests parts says how many, since its cost is that of so many.',
  })
  @Min(0)
  @Max(partsAtMost)
  first!: number;
}

@InputType('AssetArrangeInput')
export class AssetArrangeInput {
  @Field(() => ID, { description: 'The whole: an album, a track.' })
  @MaxLength(40)
  assetId!: string;

  @Field(() => [ID], {
    description: 'The complete list of parts, in order; at most 500. Existing parts that are not listed are removed.',
  })
  @ArrayMaxSize(partsAtMost)
  @MaxLength(40, { each: true })
  partIds!: string[];
}

@ObjectType('AssetArrangePayload')
export class AssetArrangePayload {
  @Field(() => AssetType)
  asset!: Asset;
}

@Resolver(() => AssetType)
export class AssetPartResolver {
  @FieldResolver(() => [AssetType], {
    description: 'The visible parts of the asset, in order: the tracks of an album, the stems of a track. At most 500.',
  })
  parts(
    @Root() { id }: Asset,
    @Args(() => AssetPartsArgs) { first }: AssetPartsArgs,
    @Ctx() context: Context,
  ): Promise<Asset[]> {
    return partsOf(context, id, first);
  }

  @Directive(`@listSize(assumedSize: ${wholesAtMost})`)
  @FieldResolver(() => [AssetType], {
    description: 'The visible assets of which it is a part. At most 100.',
  })
  partOf(@Root() { id }: Asset, @Ctx() context: Context): Promise<Asset[]> {
    return wholesOf(context, id);
  }

  @Writes('assets.asset.arrange', { facts: [assetArranged] })
  @Mutation(() => AssetArrangePayload, {
    description:
      'Sets the parts of an asset, in order; it replaces the existing list. Idempotent. Errors: NOT_FOUND, FORBIDDEN for what is not the viewer’s to arrange, INVALID for a circle or more than four levels.',
  })
  assetArrange(@Arg('input', () => AssetArrangeInput) input: AssetArrangeInput): Run<AssetArrangePayload> {
    checkId(input.assetId, 'ast', ['input', 'assetId']);
    for (const [n, id] of input.partIds.entries()) checkId(id, 'ast', ['input', 'partIds', String(n)]);
    return run(async (tx) => ({ asset: await assetArrange(tx, input) }));
  }
}

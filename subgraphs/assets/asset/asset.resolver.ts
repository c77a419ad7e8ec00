import { Arg, Args, Ctx, Field, FieldResolver, ID, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { Reads, Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import { NotFound } from '../../../platform/errors/errors.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import type { AggregateResult } from '../../../platform/nouns/aggregate.ts';
import type { Connection } from '../../../platform/nouns/noun.ts';
import { assetArchived, assetCreated, assetPublished, assetUpdated } from '../events.ts';
import { actorStub, type ActorStub } from '../foreign/actor.ts';
import type { Asset } from './asset.entity.ts';
import {
  AssetAggregateArgs,
  AssetArchiveInput,
  AssetCreateInput,
  AssetPublishInput,
  AssetsArgs,
  AssetUpdateInput,
} from './asset.input.ts';
import { assetAggregate, assets } from './asset.query.ts';
import * as service from './asset.service.ts';
import { AssetType } from './asset.type.ts';

@ObjectType('AssetCreatePayload')
export class AssetCreatePayload {
  @Field(() => AssetType)
  asset!: Asset;
}

@ObjectType('AssetUpdatePayload')
export class AssetUpdatePayload {
  @Field(() => AssetType)
  asset!: Asset;
}

@ObjectType('AssetPublishPayload')
export class AssetPublishPayload {
  @Field(() => AssetType)
  asset!: Asset;
}

@ObjectType('AssetArchivePayload')
export class AssetArchivePayload {
  @Field(() => AssetType)
  asset!: Asset;
}

interface AssetPayload {
  asset: Asset;
}

@Resolver(() => AssetType)
export class AssetResolver {
  @Reads('public')
  @Query(() => AssetType, {
    nullable: true,
    description:
      'An asset by its id. Null when there is none that the viewer may see. Errors: INVALID for an id of another kind.',
  })
  asset(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<Asset | null> {
    return assets.load(context, checkId(id, 'ast', ['id']));
  }

  @Reads('public')
  @Query(() => assets.Connection, {
    description: 'The assets that the viewer may see, the newest first. Errors: INVALID.',
  })
  assets(@Args(() => AssetsArgs) args: AssetsArgs, @Ctx() context: Context): Promise<Connection<Asset>> {
    return assets.list(context, args);
  }

  @Reads('public')
  @Query(() => assetAggregate.Result, {
    description: 'Counts the assets that the viewer may see, by keys and time. Errors: INVALID.',
  })
  assetAggregate(
    @Args(() => AssetAggregateArgs) args: AssetAggregateArgs,
    @Ctx() context: Context,
  ): Promise<AggregateResult> {
    return assetAggregate.run(context, args);
  }

  @FieldResolver()
  owner(@Root() asset: Asset): ActorStub | null {
    return actorStub(asset.ownerId);
  }

  @FieldResolver()
  createdBy(@Root() asset: Asset): ActorStub | null {
    return actorStub(asset.createdBy);
  }

  @Writes('assets.asset.create', { facts: [assetCreated] })
  @Mutation(() => AssetCreatePayload, {
    description:
      'Creates an asset as a draft. Errors: FORBIDDEN, INVALID, CONFLICT for an idempotency key used with another input.',
  })
  assetCreate(@Arg('input', () => AssetCreateInput) input: AssetCreateInput): Run<AssetPayload> {
    if (input.ownerId) checkId(input.ownerId, ['usr', 'org', 'agt'], ['input', 'ownerId']);
    const { idempotencyKey } = input;
    return run(async (tx) => ({ asset: await service.assetCreate(tx, input) }), {
      idempotent: idempotencyKey
        ? {
            key: idempotencyKey,
            input,
            resultId: ({ asset }) => asset.id,
            again: async (context, id) => {
              const asset = await assets.load(context, id);
              if (!asset) throw new NotFound('The asset made with this key can no longer be seen.');
              return { asset };
            },
          }
        : undefined,
    });
  }

  @Writes('assets.asset.update', { facts: [assetUpdated] })
  @Mutation(() => AssetUpdatePayload, {
    description:
      'Changes the description of an asset: title, creators, dates, structure, traits. Absent fields stay as they are. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT for another version.',
  })
  assetUpdate(@Arg('input', () => AssetUpdateInput) input: AssetUpdateInput): Run<AssetPayload> {
    checkId(input.assetId, 'ast', ['input', 'assetId']);
    return run(async (tx) => ({ asset: await service.assetUpdate(tx, input) }));
  }

  @Writes('assets.asset.publish', { facts: [assetPublished] })
  @Mutation(() => AssetPublishPayload, {
    description:
      'Publishes an asset, so that everybody sees it. Idempotent. Errors: NOT_FOUND, FORBIDDEN, CONFLICT for what is on sale.',
  })
  assetPublish(@Arg('input', () => AssetPublishInput) input: AssetPublishInput): Run<AssetPayload> {
    checkId(input.assetId, 'ast', ['input', 'assetId']);
    return run(async (tx) => ({ asset: await service.assetPublish(tx, input) }));
  }

  @Writes('assets.asset.archive', { facts: [assetArchived] })
  @Mutation(() => AssetArchivePayload, {
    description:
      'Archives an asset: from then on only its owners see it. `assetPublish` shows it again. Errors: NOT_FOUND, FORBIDDEN, CONFLICT for what is on sale.',
  })
  assetArchive(@Arg('input', () => AssetArchiveInput) input: AssetArchiveInput): Run<AssetPayload> {
    checkId(input.assetId, 'ast', ['input', 'assetId']);
    return run(async (tx) => ({ asset: await service.assetArchive(tx, input) }));
  }
}

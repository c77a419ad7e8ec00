import { Arg, Field, FieldResolver, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import { Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import type { Money } from '../../../platform/scalars/money.ts';
import { assetIndexRequested, assetReopened } from '../events.ts';
import { statedValue } from './asset-nature.service.ts';
import type { Asset } from './asset.entity.ts';
import { AssetIndexInput, AssetReopenInput } from './asset.input.ts';
import * as service from './asset.service.ts';
import { AssetType } from './asset.type.ts';

@ObjectType('AssetIndexPayload')
export class AssetIndexPayload {
  @Field(() => AssetType)
  asset!: Asset;
}

@ObjectType('AssetReopenPayload')
export class AssetReopenPayload {
  @Field(() => AssetType)
  asset!: Asset;
}

@Resolver(() => AssetType)
export class AssetStatusResolver {
  @FieldResolver()
  value(@Root() asset: Asset): Money | null {
    return statedValue(asset);
  }

  @Writes('assets.asset.index', { facts: [assetIndexRequested] })
  @Mutation(() => AssetIndexPayload, {
    description:
      'Requests the indexing of a draft. It runs after the answer, usually within a second: it makes the asset searchable and comparable, checks its structure, its uploads and its vector, and sets the status to INDEXED. Until then the asset is a DRAFT, `Asset.indexing` says what is missing, and `assetIndexed` streams the outcome. A draft with problems is checked again when it changes. Indexing does not raise the version. Repeating the call checks again; `assetReopen` withdraws it. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT for what is neither DRAFT nor INDEXED.',
  })
  assetIndex(@Arg('input', () => AssetIndexInput) input: AssetIndexInput): Run<AssetIndexPayload> {
    checkId(input.assetId, 'ast', ['input', 'assetId']);
    return run(async (tx) => ({ asset: await service.assetIndex(tx, input) }));
  }

  @Writes('assets.asset.reopen', { facts: [assetReopened] })
  @Mutation(() => AssetReopenPayload, {
    description:
      'Makes an indexed or archived asset a draft again, or cancels the indexing of a draft. Idempotent. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT for what is published, on sale or sold.',
  })
  assetReopen(@Arg('input', () => AssetReopenInput) input: AssetReopenInput): Run<AssetReopenPayload> {
    checkId(input.assetId, 'ast', ['input', 'assetId']);
    return run(async (tx) => ({ asset: await service.assetReopen(tx, input) }));
  }
}

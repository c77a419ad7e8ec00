import { Length, MaxLength } from 'class-validator';
import { Arg, Field, FieldResolver, ID, InputType, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import { Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import { checkId, prefixOf } from '../../../platform/ids/ids.ts';
import { Invalid } from '../../../platform/errors/errors.ts';
import { NotBlank } from '../../../platform/scalars/text.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { AssetType } from '../asset/asset.type.ts';
import { assetReleased, assetReservationRefused, assetReserved, assetSold } from '../events.ts';
import * as service from './sale.service.ts';

@InputType('AssetReserveInput')
export class AssetReserveInput {
  @Field(() => ID, { description: 'The published asset to put on sale.' })
  @MaxLength(40)
  assetId!: string;

  @Field(() => String, { description: 'Where it is sold, in words: "Galerie am See, Zug". 1 to 200 characters.' })
  @Length(1, 200)
  @NotBlank()
  place!: string;
}

@InputType('AssetReleaseInput')
export class AssetReleaseInput {
  @Field(() => ID, { description: 'The asset to take off sale.' })
  @MaxLength(40)
  assetId!: string;
}

@InputType('AssetSellInput')
export class AssetSellInput {
  @Field(() => ID, { description: 'The asset that was sold.' })
  @MaxLength(40)
  assetId!: string;
}

@ObjectType('AssetReservePayload')
export class AssetReservePayload {
  @Field(() => AssetType)
  asset!: Asset;
}

@ObjectType('AssetReleasePayload')
export class AssetReleasePayload {
  @Field(() => AssetType)
  asset!: Asset;
}

@ObjectType('AssetSellPayload')
export class AssetSellPayload {
  @Field(() => AssetType)
  asset!: Asset;
}

/** Sale outside of the house. Listings and auctions reserve, release and sell by their facts. */
@Resolver(() => AssetType)
export class AssetSaleResolver {
  @FieldResolver()
  saleId(@Root() { sale }: Asset): string | null {
    return sale && prefixOf(sale) !== null ? sale : null;
  }

  @FieldResolver()
  salePlace(@Root() { sale }: Asset): string | null {
    return sale && prefixOf(sale) === null ? sale : null;
  }

  @Writes('assets.asset.reserve', { facts: [assetReserved, assetReservationRefused] })
  @Mutation(() => AssetReservePayload, {
    description:
      'Records that an asset is on sale outside this graph, for example in a gallery. Until the sale ends, the asset cannot be put on sale elsewhere. Repeating the call with the same place changes nothing. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT for what is not published, on sale elsewhere or offered to somebody.',
  })
  assetReserve(@Arg('input', () => AssetReserveInput) input: AssetReserveInput): Run<AssetReservePayload> {
    checkId(input.assetId, 'ast', ['input', 'assetId']);
    // An id would say that an OS of the graph sells it, which only that OS can say.
    if (prefixOf(input.place.trim()) !== null)
      throw new Invalid('A place outside is given in words, not by an id.', { path: ['input', 'place'] });
    return run(async (tx) => ({ asset: await service.assetReserve(tx, input) }));
  }

  @Writes('assets.asset.release', { facts: [assetReleased] })
  @Mutation(() => AssetReleasePayload, {
    description:
      'Ends a sale that `assetReserve` recorded; the asset stays published. A sale by an auction of this graph ends with that auction, or by an operator. Idempotent. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT for what is not on sale.',
  })
  assetRelease(@Arg('input', () => AssetReleaseInput) input: AssetReleaseInput): Run<AssetReleasePayload> {
    checkId(input.assetId, 'ast', ['input', 'assetId']);
    return run(async (tx) => ({ asset: await service.assetRelease(tx, input) }));
  }

  @Writes('assets.asset.sell', { facts: [assetSold] })
  @Mutation(() => AssetSellPayload, {
    description:
      'Records that an asset was sold outside this graph, where it was on sale. The owner does not change until `assetTransfer`. Idempotent. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT for what is not on sale.',
  })
  assetSell(@Arg('input', () => AssetSellInput) input: AssetSellInput): Run<AssetSellPayload> {
    checkId(input.assetId, 'ast', ['input', 'assetId']);
    return run(async (tx) => ({ asset: await service.assetSell(tx, input) }));
  }
}

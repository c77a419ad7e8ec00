import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../../../platform/context/context.ts';
import type { Auction } from '../auction/auction.entity.ts';
import { AuctionType } from '../auction/auction.type.ts';
import { AssetStub } from '../foreign/asset.ts';
import { openAuction } from './open-auction.service.ts';

@Resolver(() => AssetStub)
export class AssetStubResolver {
  @FieldResolver(() => AuctionType, {
    nullable: true,
    description: 'The open lot in which the asset is sold; null if there is none.',
  })
  openAuction(@Root() asset: AssetStub, @Ctx() context: Context): Promise<Auction | null> {
    return openAuction(context, asset.id);
  }
}

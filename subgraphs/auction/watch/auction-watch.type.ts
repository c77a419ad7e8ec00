import { Field, ID, ObjectType } from 'type-graphql';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import type { Auction } from '../auction/auction.entity.ts';
import { AuctionType } from '../auction/auction.type.ts';
import type { AuctionWatch } from './auction-watch.entity.ts';

@ObjectType('AuctionWatch', { description: 'A lot that the viewer watches. Only the viewer sees it.' })
export class AuctionWatchType implements Pick<AuctionWatch, 'id' | 'createdAt'> {
  @Field(() => ID)
  id!: string;

  @Field(() => AuctionType, {
    nullable: true,
    description: 'The lot that is watched; null if the viewer cannot see it.',
  })
  auction!: Auction | null;

  @Field(() => DateTime, { description: 'When the viewer began to watch the lot.' })
  createdAt!: Date;
}

import { Field, ID, ObjectType } from 'type-graphql';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import { ActorStub } from '../foreign/actor.ts';
import { AssetTransferStatus, type AssetTransfer } from './asset-transfer.entity.ts';

@ObjectType('AssetTransfer', {
  description: 'An offer of an owner to give an asset to another actor, who accepts or declines it. Visible to both.',
})
export class AssetTransferType implements Pick<
  AssetTransfer,
  'id' | 'assetTitle' | 'status' | 'createdAt' | 'updatedAt'
> {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { description: 'The title of the asset as it was.' })
  assetTitle!: string;

  @Field(() => ActorStub, { nullable: true, description: 'Whose it was.' })
  sender!: ActorStub | null;

  @Field(() => ActorStub, { nullable: true, description: 'Whose it shall be.' })
  receiver!: ActorStub | null;

  @Field(() => AssetTransferStatus.enum, { description: 'The state of the transfer.' })
  status!: AssetTransferStatus;

  @Field(() => String, {
    nullable: true,
    description: 'A message from the sender to the receiver; at most 1,000 characters.',
  })
  note!: string | null;

  @Field(() => ActorStub, { nullable: true, description: 'Who offered it.' })
  createdBy!: ActorStub | null;

  @Field(() => ActorStub, { nullable: true, description: 'Who accepted, declined or took it back.' })
  answeredBy!: ActorStub | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'The time at which the transfer was accepted, declined or cancelled; null while it is pending.',
  })
  answeredAt!: Date | null;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime)
  updatedAt!: Date;
}

import { Field, ID, ObjectType } from 'type-graphql';
import { enumKind } from '../../../platform/nouns/filter.ts';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import { ActorStub } from '../foreign/actor.ts';
import type { AssetTransfer, AssetTransferStatus } from './asset-transfer.entity.ts';

export const AssetTransferStatusEnum = {
  PENDING: 'PENDING',
  ACCEPTED: 'ACCEPTED',
  DECLINED: 'DECLINED',
  CANCELLED: 'CANCELLED',
} as const;
export const assetTransferStatusFilter = enumKind(
  AssetTransferStatusEnum,
  'AssetTransferStatus',
  'The state of a transfer. CANCELLED: the sender cancelled it, or somebody else received the asset.',
  {
    PENDING: 'Waits for the receiver.',
    ACCEPTED: 'The receiver is the owner.',
    DECLINED: 'The receiver refused.',
    CANCELLED: 'The sender took the offer back, or the asset went to somebody else.',
  },
);

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

  @Field(() => AssetTransferStatusEnum, { description: 'The state of the transfer.' })
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

import { MaxLength } from 'class-validator';
import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { Reads, Restricted, Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import type { FilterInput } from '../../../platform/nouns/filter.ts';
import type { Connection } from '../../../platform/nouns/noun.ts';
import { LimitSorts, PageArgs } from '../../../platform/nouns/page.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.query.ts';
import { AssetType } from '../asset/asset.type.ts';
import { assetTransferCancelled, assetTransferDeclined, assetTransferOffered, assetTransferred } from '../events.ts';
import { actorStub, type ActorStub } from '../foreign/actor.ts';
import { ViewerStub } from '../foreign/viewer.ts';
import type { AssetTransfer } from './asset-transfer.entity.ts';
import { assetTransfers } from './asset-transfer.query.ts';
import * as service from './asset-transfer.service.ts';
import { AssetTransferType } from './asset-transfer.type.ts';

@InputType('AssetTransferInput')
export class AssetTransferInput {
  @Field(() => ID, { description: 'The asset to hand over.' })
  @MaxLength(40)
  assetId!: string;

  @Field(() => ID, { description: 'A person or organization.' })
  @MaxLength(40)
  receiverId!: string;

  @Field(() => String, { nullable: true, description: 'For the receiver, at most 1,000 characters.' })
  @MaxLength(1000)
  note?: string | null;
}

@InputType('AssetTransferAcceptInput')
export class AssetTransferAcceptInput {
  @Field(() => ID, { description: 'The transfer, as `Viewer.assetTransfers` lists it.' })
  @MaxLength(40)
  transferId!: string;
}

@InputType('AssetTransferDeclineInput')
export class AssetTransferDeclineInput {
  @Field(() => ID, { description: 'The transfer, as `Viewer.assetTransfers` lists it.' })
  @MaxLength(40)
  transferId!: string;
}

@InputType('AssetTransferCancelInput')
export class AssetTransferCancelInput {
  @Field(() => ID, { description: 'The transfer, as `Viewer.assetTransfers` lists it.' })
  @MaxLength(40)
  transferId!: string;
}

@ObjectType('AssetTransferPayload')
export class AssetTransferPayload {
  @Field(() => AssetTransferType, {
    description: 'PENDING until the receiver accepts; ACCEPTED where nobody had to be asked.',
  })
  transfer!: AssetTransfer;

  @Field(() => AssetType, { nullable: true, description: 'Null if the viewer can no longer see it.' })
  asset!: Asset | null;
}

@ObjectType('AssetTransferAcceptPayload')
export class AssetTransferAcceptPayload {
  @Field(() => AssetTransferType, { description: 'The transfer as it is now.' })
  transfer!: AssetTransfer;

  @Field(() => AssetType, {
    nullable: true,
    description:
      'Null when the call is repeated after the asset went on to an owner whose drafts the viewer cannot see.',
  })
  asset!: Asset | null;
}

@ObjectType('AssetTransferDeclinePayload')
export class AssetTransferDeclinePayload {
  @Field(() => AssetTransferType, { description: 'The transfer as it is now.' })
  transfer!: AssetTransfer;
}

@ObjectType('AssetTransferCancelPayload')
export class AssetTransferCancelPayload {
  @Field(() => AssetTransferType, { description: 'The transfer as it is now.' })
  transfer!: AssetTransfer;
}

@ArgsType()
export class AssetTransfersArgs extends PageArgs {
  @Field(() => assetTransfers.Filter, { nullable: true, description: 'Conditions; all transfers when absent.' })
  filter?: FilterInput;

  @Field(() => [assetTransfers.Sort], { nullable: true, description: 'At most four; the newest first when absent.' })
  @LimitSorts
  sort?: string[];
}

@Resolver(() => AssetTransferPayload)
export class AssetTransferPayloadResolver {
  @FieldResolver()
  asset(@Root() { asset }: AssetTransferPayload, @Ctx() context: Context): Promise<Asset | null> {
    return assets.load(context, asset?.id);
  }
}

@Resolver(() => AssetTransferAcceptPayload)
export class AssetTransferAcceptPayloadResolver {
  @FieldResolver()
  asset(@Root() { asset }: AssetTransferAcceptPayload, @Ctx() context: Context): Promise<Asset | null> {
    return assets.load(context, asset?.id);
  }
}

/** Queries have a class of their own: one of them has the name of a mutation. */
@Resolver()
export class AssetTransferQueryResolver {
  @Reads('signedIn')
  @Query(() => AssetTransferType, {
    nullable: true,
    description:
      'A transfer by its id; null when it does not exist or the viewer is neither on its side nor on the other. Errors: UNAUTHENTICATED, INVALID.',
  })
  assetTransfer(
    @Arg('id', () => ID, { description: 'Begins with `atr_`.' }) id: string,
    @Ctx() context: Context,
  ): Promise<AssetTransfer | null> {
    return assetTransfers.load(context, checkId(id, 'atr', ['id']));
  }
}

@Resolver(() => ViewerStub)
export class TransfersOfViewerResolver {
  @Restricted<ViewerStub>('self', (viewer, { actor }) => viewer.id === actor.id)
  @FieldResolver(() => assetTransfers.Connection, {
    nullable: true,
    description:
      'Transfers from and to the viewer and the viewer’s organizations, the newest first; for operators all transfers. `filter: { status: { eq: PENDING } }` selects those that wait for an answer. Errors: INVALID.',
  })
  assetTransfers(
    @Args(() => AssetTransfersArgs) args: AssetTransfersArgs,
    @Ctx() context: Context,
  ): Promise<Connection<AssetTransfer>> {
    return assetTransfers.list(context, args);
  }
}

@Resolver(() => AssetTransferType)
export class AssetTransferResolver {
  @FieldResolver(() => AssetType, {
    nullable: true,
    description: 'Null for a receiver who may not see it before it is accepted.',
  })
  asset(@Root() { assetId }: AssetTransfer, @Ctx() context: Context): Promise<Asset | null> {
    return assets.load(context, assetId);
  }

  @FieldResolver()
  sender(@Root() { senderId }: AssetTransfer): ActorStub | null {
    return actorStub(senderId);
  }

  @FieldResolver()
  receiver(@Root() { receiverId }: AssetTransfer): ActorStub | null {
    return actorStub(receiverId);
  }

  @FieldResolver()
  createdBy(@Root() { createdBy }: AssetTransfer): ActorStub | null {
    return actorStub(createdBy);
  }

  @FieldResolver()
  answeredBy(@Root() { answeredBy }: AssetTransfer): ActorStub | null {
    return actorStub(answeredBy);
  }

  @Writes('assets.asset.transfer', { facts: [assetTransferOffered, assetTransferred, assetTransferCancelled] })
  @Mutation(() => AssetTransferPayload, {
    description:
      'Transfers an asset to a person or organization. If the viewer is an editor of the receiving organization, the owner changes at once; otherwise when the receiver accepts. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT for what is on sale or offered to somebody else.',
  })
  assetTransfer(@Arg('input', () => AssetTransferInput) input: AssetTransferInput): Run<service.TransferResult> {
    checkId(input.assetId, 'ast', ['input', 'assetId']);
    checkId(input.receiverId, ['usr', 'org', 'agt'], ['input', 'receiverId']);
    return run((tx) => service.assetTransfer(tx, input));
  }

  @Writes('assets.assetTransfer.accept', { facts: [assetTransferred, assetTransferCancelled] })
  @Mutation(() => AssetTransferAcceptPayload, {
    description:
      'Accepts an offered asset; the receiver becomes its owner. Idempotent. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT for a transfer that has ended or an asset on sale.',
  })
  assetTransferAccept(
    @Arg('input', () => AssetTransferAcceptInput) input: AssetTransferAcceptInput,
  ): Run<AssetTransferAcceptPayload> {
    checkId(input.transferId, 'atr', ['input', 'transferId']);
    return run<AssetTransferAcceptPayload>((tx) => service.assetTransferAccept(tx, input));
  }

  @Writes('assets.assetTransfer.decline', { facts: [assetTransferDeclined] })
  @Mutation(() => AssetTransferDeclinePayload, {
    description:
      'Declines an offered asset; its owner does not change. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT for a transfer that has ended.',
  })
  assetTransferDecline(
    @Arg('input', () => AssetTransferDeclineInput) input: AssetTransferDeclineInput,
  ): Run<AssetTransferDeclinePayload> {
    checkId(input.transferId, 'atr', ['input', 'transferId']);
    return run(async (tx) => ({ transfer: await service.assetTransferDecline(tx, input) }));
  }

  @Writes('assets.assetTransfer.cancel', { facts: [assetTransferCancelled] })
  @Mutation(() => AssetTransferCancelPayload, {
    description:
      'Cancels a transfer that is still pending. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT for a transfer that has ended.',
  })
  assetTransferCancel(
    @Arg('input', () => AssetTransferCancelInput) input: AssetTransferCancelInput,
  ): Run<AssetTransferCancelPayload> {
    checkId(input.transferId, 'atr', ['input', 'transferId']);
    return run(async (tx) => ({ transfer: await service.assetTransferCancel(tx, input) }));
  }
}

import {
  Arg,
  Args,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  ID,
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
import type { Connection } from '../../../platform/nouns/noun.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.query.ts';
import { AssetType } from '../asset/asset.type.ts';
import { assetLinkAdded, assetLinkDeclined, assetLinkProposed, assetLinkRemoved } from '../events.ts';
import { actorStub, type ActorStub } from '../foreign/actor.ts';
import { ViewerStub } from '../foreign/viewer.ts';
import { addressKinds, assetTargetKinds, linksAtMost, type AssetLink } from './asset-link.entity.ts';
import {
  AssetLinkAcceptInput,
  AssetLinkAddInput,
  AssetLinkDeclineInput,
  AssetLinkRemoveInput,
  AssetLinksArgs,
} from './asset-link.input.ts';
import { assetLinks, linksOf, viewerLinksOf } from './asset-link.query.ts';
import * as service from './asset-link.service.ts';
import { AssetLinkType } from './asset-link.type.ts';

@ObjectType('AssetLinkAddPayload')
export class AssetLinkAddPayload {
  @Field(() => AssetLinkType, {
    description: 'PROPOSED until the owner of the target accepts; ACCEPTED where nobody had to be asked.',
  })
  link!: AssetLink;

  @Field(() => AssetType)
  asset!: Asset;
}

@ObjectType('AssetLinkRemovePayload')
export class AssetLinkRemovePayload {
  @Field(() => AssetLinkType, {
    nullable: true,
    description: 'The link as it was before it was removed; null when the asset had no such link any more.',
  })
  link!: AssetLink | null;

  @Field(() => AssetType)
  asset!: Asset;
}

@ObjectType('AssetLinkAcceptPayload')
export class AssetLinkAcceptPayload {
  @Field(() => AssetLinkType, { description: 'The link as it is now.' })
  link!: AssetLink;
}

@ObjectType('AssetLinkDeclinePayload')
export class AssetLinkDeclinePayload {
  @Field(() => AssetLinkType, { description: 'The link as it is now.' })
  link!: AssetLink;
}

@Resolver(() => AssetType)
export class AssetLinkOfAssetResolver {
  @Directive(`@listSize(assumedSize: ${linksAtMost})`)
  @FieldResolver(() => [AssetLinkType], {
    description:
      'Links to other assets, documents and addresses; at most 100, oldest first. Only the owners of both ends see proposals.',
  })
  links(@Root() { id }: Asset, @Ctx() context: Context): Promise<AssetLink[]> {
    return linksOf(context, id);
  }
}

@Resolver(() => ViewerStub)
export class LinksOfViewerResolver {
  @Restricted<ViewerStub>('self', (viewer, { actor }) => viewer.id === actor.id)
  @FieldResolver(() => assetLinks.Connection, {
    nullable: true,
    description:
      'Links at one end of which is an asset of the viewer or of the viewer’s organizations, the newest first; proposed and declined ones too. `filter: { status: { eq: PROPOSED } }` selects those that wait for an answer of either side. Errors: INVALID.',
  })
  assetLinks(
    @Args(() => AssetLinksArgs) args: AssetLinksArgs,
    @Ctx() context: Context,
  ): Promise<Connection<AssetLink>> {
    return viewerLinksOf(context, args);
  }
}

@Resolver(() => AssetLinkType)
export class AssetLinkResolver {
  @Reads('signedIn')
  @Query(() => assetLinks.Connection, {
    description:
      'Links between assets and other things that the viewer may see, the newest first. `filter: { status: { eq: PROPOSED } }` lists the links that wait for an answer, by the viewer or by others. Errors: UNAUTHENTICATED, INVALID.',
  })
  assetLinks(
    @Args(() => AssetLinksArgs) args: AssetLinksArgs,
    @Ctx() context: Context,
  ): Promise<Connection<AssetLink>> {
    return assetLinks.list(context, args);
  }

  @Reads('signedIn')
  @Query(() => AssetLinkType, {
    nullable: true,
    description:
      'A link by its id; null when it does not exist or the viewer may not see it. Errors: UNAUTHENTICATED, INVALID.',
  })
  assetLink(
    @Arg('id', () => ID, { description: 'Begins with `aln_`.' }) id: string,
    @Ctx() context: Context,
  ): Promise<AssetLink | null> {
    return assetLinks.load(context, checkId(id, 'aln', ['id']));
  }

  @FieldResolver()
  source(@Root() { asset }: AssetLink, @Ctx() context: Context): Promise<Asset | null> {
    return assets.load(context, asset.id);
  }

  @FieldResolver()
  async targetId(@Root() { kind, target }: AssetLink, @Ctx() context: Context): Promise<string | null> {
    if (addressKinds.includes(kind)) return null;
    if (!assetTargetKinds.includes(kind)) return target;
    return (await assets.load(context, target))?.id ?? null;
  }

  @FieldResolver()
  async targetAsset(@Root() { kind, target }: AssetLink, @Ctx() context: Context): Promise<Asset | null> {
    return assetTargetKinds.includes(kind) ? assets.load(context, target) : null;
  }

  @FieldResolver()
  targetOwner(@Root() { targetOwnerId }: AssetLink): ActorStub | null {
    return actorStub(targetOwnerId);
  }

  @FieldResolver()
  url(@Root() { kind, target }: AssetLink): string | null {
    return addressKinds.includes(kind) ? target : null;
  }

  @FieldResolver()
  createdBy(@Root() { createdBy }: AssetLink): ActorStub | null {
    return actorStub(createdBy);
  }

  @FieldResolver()
  answeredBy(@Root() { answeredBy }: AssetLink): ActorStub | null {
    return actorStub(answeredBy);
  }

  @Writes('assets.assetLink.add', { facts: [assetLinkAdded, assetLinkProposed] })
  @Mutation(() => AssetLinkAddPayload, {
    description:
      'Links an asset with another asset, a document or an address. If somebody else owns the target, the asset must be published, and the link is PROPOSED until that owner accepts it. Adding an existing link changes its relation only; the new relation is proposed again.  Errors: NOT_FOUND, FORBIDDEN, INVALID, also for a kind that the graph does not support yet; CONFLICT for more than 100 links, within 30 days after that owner declined a proposal, and for a proposal from an asset that is not published; TOO_MANY for more than 20 proposals of one owner, or 200 in all, that wait for the same owner.',
  })
  assetLinkAdd(@Arg('input', () => AssetLinkAddInput) input: AssetLinkAddInput): Run<service.LinkResult> {
    checkId(input.assetId, 'ast', ['input', 'assetId']);
    return run((tx) => service.assetLinkAdd(tx, input));
  }

  @Writes('assets.assetLink.accept', { facts: [assetLinkAdded] })
  @Mutation(() => AssetLinkAcceptPayload, {
    description:
      'Accepts a proposed link to an asset of the viewer. From then on everybody who sees both ends sees the link. Idempotent. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT for what was declined.',
  })
  assetLinkAccept(@Arg('input', () => AssetLinkAcceptInput) input: AssetLinkAcceptInput): Run<AssetLinkAcceptPayload> {
    checkId(input.linkId, 'aln', ['input', 'linkId']);
    return run(async (tx) => ({ link: await service.assetLinkAccept(tx, input) }));
  }

  @Writes('assets.assetLink.decline', { facts: [assetLinkDeclined] })
  @Mutation(() => AssetLinkDeclinePayload, {
    description:
      'Declines a proposed link to an asset of the viewer. The proposer cannot propose another link to the same owner for 30 days. Idempotent. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT for what was accepted: take it away with `assetLinkRemove`.',
  })
  assetLinkDecline(
    @Arg('input', () => AssetLinkDeclineInput) input: AssetLinkDeclineInput,
  ): Run<AssetLinkDeclinePayload> {
    checkId(input.linkId, 'aln', ['input', 'linkId']);
    return run(async (tx) => ({ link: await service.assetLinkDecline(tx, input) }));
  }

  @Writes('assets.assetLink.remove', { facts: [assetLinkRemoved] })
  @Mutation(() => AssetLinkRemovePayload, {
    description:
      'Removes a link or withdraws a proposal. The owner of the asset can remove both; the owner of the target can remove an accepted link. Idempotent. Errors: NOT_FOUND, FORBIDDEN, INVALID.',
  })
  assetLinkRemove(@Arg('input', () => AssetLinkRemoveInput) input: AssetLinkRemoveInput): Run<AssetLinkRemovePayload> {
    checkId(input.assetId, 'ast', ['input', 'assetId']);
    checkId(input.linkId, 'aln', ['input', 'linkId']);
    return run((tx) => service.assetLinkRemove(tx, input));
  }
}

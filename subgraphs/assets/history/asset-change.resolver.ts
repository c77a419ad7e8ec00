import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../../../platform/context/context.ts';
import type { Fact } from '../../../platform/facts/fact.ts';
import type { Connection } from '../../../platform/nouns/noun.ts';
import { PageArgs } from '../../../platform/nouns/page.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { AssetType } from '../asset/asset.type.ts';
import { actorStub, type ActorStub } from '../foreign/actor.ts';
import { changesOf, historyOf, isHistoryComplete } from './asset-change.query.ts';
import { AssetChangeConnection, AssetChangeType, type AssetFieldChange } from './asset-change.type.ts';

@Resolver(() => AssetType)
export class AssetHistoryResolver {
  @FieldResolver(() => AssetChangeConnection, {
    description:
      'The history of the asset, newest first. An owner sees every change made during their ownership, and the offer by which they received it; a former owner sees the changes up to the transfer. Everybody else sees only when it was published, sold, transferred or archived; so does an owner for the time before. Changes older than the server keeps them are left out (`isHistoryComplete`); a cursor of one of them is EXPIRED.',
  })
  history(
    @Root() asset: Asset,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() context: Context,
  ): Promise<Connection<Fact>> {
    return historyOf(context, asset, args);
  }

  @FieldResolver(() => Boolean, {
    description:
      'True if every change of the asset since it was made is kept; false if the oldest were deleted after the time for which the server keeps changes. It is the same for every viewer.',
  })
  isHistoryComplete(@Root() asset: Asset, @Ctx() context: Context): Promise<boolean> {
    return isHistoryComplete(context, asset);
  }
}

@Resolver(() => AssetChangeType)
export class AssetChangeResolver {
  @FieldResolver()
  factType(@Root() { type }: Fact): string {
    return type;
  }

  @FieldResolver()
  occurredAt(@Root() { at }: Fact): Date {
    return at;
  }

  @FieldResolver()
  actor(@Root() { actor }: Fact): ActorStub | null {
    return actorStub(actor);
  }

  @FieldResolver()
  onBehalfOf(@Root() { onBehalfOf }: Fact): ActorStub | null {
    return actorStub(onBehalfOf);
  }

  @FieldResolver()
  actingFor(@Root() { actingFor }: Fact): ActorStub | null {
    return actorStub(actingFor);
  }

  @FieldResolver()
  changes(@Root() fact: Fact): AssetFieldChange[] {
    return changesOf(fact);
  }
}

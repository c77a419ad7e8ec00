import { Arg, Ctx, FieldResolver, Resolver, Root, Subscription } from 'type-graphql';
import { Restricted, Streams } from '../../../platform/access/declare.ts';
import { isOperator } from '../../../platform/access/permission.ts';
import type { Context } from '../../../platform/context/context.ts';
import type { FactType, StampedFact } from '../../../platform/facts/fact.ts';
import { factStream } from '../../../platform/facts/stream.ts';
import { filterClass, filterQuery, type FilterInput } from '../../../platform/nouns/filter.ts';
import { meetsFilter } from '../../../platform/nouns/filter-match.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { ownersOf } from '../asset/asset.policy.ts';
import { assets } from '../asset/asset.query.ts';
import { AssetType } from '../asset/asset.type.ts';
import { assetIndexed, assetIndexRefused } from '../events.ts';
import { actorStub, type ActorStub } from '../foreign/actor.ts';
import { indexingOf, type Indexing } from './asset-indexing.query.ts';
import { AssetIndexedEvent, AssetIndexingType } from './asset-indexing.type.ts';
import type { IndexingProblem } from './problems.ts';

/** What a client may narrow the stream by: fields of its facts. */
const indexedFields = { assetId: 'id', ownerId: 'id' } as const;
export const AssetIndexedFilter = filterClass('AssetIndexed', indexedFields);

interface Outcome {
  assetId: string;
  ownerId: string;
  problems?: IndexingProblem[];
}
interface IndexedEvent {
  assetId: string;
  indexed: boolean;
  problems: IndexingProblem[];
  cursor: string;
  sequence: string;
  occurredAt: Date;
}
interface IndexedArgs {
  filter?: FilterInput | null;
  after?: string | null;
}

function indexedStream(context: Context, { filter, after }: IndexedArgs): AsyncIterable<IndexedEvent> {
  const { actor } = context;
  const owners = isOperator(actor) ? null : new Set(ownersOf(actor));
  // Refuses too large a filter before the stream begins.
  filterQuery(filter, indexedFields);
  return factStream(context, {
    facts: [assetIndexed, assetIndexRefused] as unknown as FactType<Outcome>[],
    after,
    match: ({ payload }: StampedFact<Outcome>) =>
      (owners === null || owners.has(payload.ownerId)) && meetsFilter(filter, { ...payload }),
    event: ({ type, payload: { assetId, problems = [] } }, at) => ({
      assetId,
      indexed: type === assetIndexed.type,
      problems,
      ...at,
    }),
  });
}

@Resolver(() => AssetType)
export class IndexingOfAssetResolver {
  @Restricted<Asset>(
    'self',
    ({ ownerId }, { actor, system }) => system || isOperator(actor) || ownersOf(actor).includes(ownerId),
  )
  @FieldResolver(() => AssetIndexingType, {
    nullable: true,
    description:
      'The indexing of a draft for which `assetIndex` was called, with what is missing. Null if it was not called, or if the asset is no longer a draft. Visible to its owners; null for others.',
  })
  indexing(@Root() asset: Asset, @Ctx() context: Context): Promise<Indexing | null> {
    return indexingOf(context, asset);
  }
}

@Resolver(() => AssetIndexingType)
export class AssetIndexingResolver {
  @FieldResolver()
  requestedBy(@Root() { requestedBy }: Indexing): ActorStub | null {
    return actorStub(requestedBy);
  }

  @Streams('signedIn')
  @Subscription(() => AssetIndexedEvent, {
    description:
      'The outcome of indexing, for drafts of the viewer and of the viewer’s organizations: indexed, or the problems to solve first. `after` replays missed events. Errors: UNAUTHENTICATED, INVALID and EXPIRED for a cursor.',
    subscribe: ({ args, context }) => indexedStream(context as Context, args as IndexedArgs),
  })
  assetIndexed(
    @Root() event: IndexedEvent,
    @Arg('filter', () => AssetIndexedFilter, {
      nullable: true,
      description: 'Which assets; all that the viewer or the viewer’s organizations own if absent.',
    })
    _filter?: FilterInput,
    @Arg('after', () => String, { nullable: true, description: 'A cursor of an earlier event, or a `liveCursor`.' })
    _after?: string,
  ): IndexedEvent {
    return event;
  }
}

@Resolver(() => AssetIndexedEvent)
export class AssetIndexedResolver {
  @FieldResolver()
  asset(@Root() event: IndexedEvent, @Ctx() context: Context): Promise<Asset | null> {
    return assets.load(context, event.assetId);
  }
}

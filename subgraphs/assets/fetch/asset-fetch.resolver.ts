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
  Subscription,
} from 'type-graphql';
import { Reads, Restricted, Streams, Writes } from '../../../platform/access/declare.ts';
import { isOperator } from '../../../platform/access/permission.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import type { StampedFact } from '../../../platform/facts/fact.ts';
import { factStream } from '../../../platform/facts/stream.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import { filterQuery, type FilterInput } from '../../../platform/nouns/filter.ts';
import { meetsFilter } from '../../../platform/nouns/filter-match.ts';
import type { Connection } from '../../../platform/nouns/noun.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { ownersOf } from '../asset/asset.policy.ts';
import { assets } from '../asset/asset.query.ts';
import { assetFetchProgressed, assetFetchRequested, type FetchState } from '../events.ts';
import { actorStub, type ActorStub } from '../foreign/actor.ts';
import { ViewerStub } from '../foreign/viewer.ts';
import type { AssetImport } from '../import/asset-import.entity.ts';
import { assetImports } from '../import/asset-import.query.ts';
import type { Media } from '../media/media.entity.ts';
import { mediaAtMost, mediaItems } from '../media/media.query.ts';
import type { AssetFetch } from './asset-fetch.entity.ts';
import {
  AssetFetchCancelInput,
  AssetFetchesArgs,
  AssetFetchProgressedFilter,
  AssetFetchImportInput,
  AssetFetchAttachInput,
  progressedFields,
} from './asset-fetch.input.ts';
import { assetFetches } from './asset-fetch.query.ts';
import * as service from './asset-fetch.service.ts';
import { AssetFetchProgressedEvent, AssetFetchType } from './asset-fetch.type.ts';
import { addressesOf } from './prefix.ts';

@ObjectType('AssetFetchAttachPayload')
export class AssetFetchAttachPayload {
  @Directive(`@listSize(assumedSize: ${mediaAtMost})`)
  @Field(() => [AssetFetchType], {
    description: `The fetches: one for a file, one for each object below a prefix, at most ${mediaAtMost}.`,
  })
  fetches!: AssetFetch[];
}

@ObjectType('AssetFetchImportPayload')
export class AssetFetchImportPayload {
  @Field(() => AssetFetchType, { description: 'The fetch, which waits for its turn.' })
  fetch!: AssetFetch;
}

@ObjectType('AssetFetchCancelPayload')
export class AssetFetchCancelPayload {
  @Field(() => AssetFetchType, { description: 'The fetch, whose status is CANCELLED.' })
  fetch!: AssetFetch;
}

interface ProgressedArgs {
  filter?: FilterInput | null;
  after?: string | null;
}

type ProgressEvent = FetchState & { cursor: string; sequence: string; occurredAt: Date };

function progressStream(context: Context, { filter, after }: ProgressedArgs): AsyncIterable<ProgressEvent> {
  const { actor } = context;
  const owners = isOperator(actor) ? null : new Set(ownersOf(actor));
  // Refuses too large a filter before the stream begins.
  filterQuery(filter, progressedFields);
  return factStream(context, {
    facts: [assetFetchRequested, assetFetchProgressed],
    after,
    match: ({ payload }: StampedFact<FetchState>) =>
      (owners === null || owners.has(payload.ownerId)) && meetsFilter(filter, payload),
    event: ({ payload }, at) => ({ ...payload, ...at }),
  });
}

@Resolver(() => ViewerStub)
export class FetchesOfViewerResolver {
  @Restricted<ViewerStub>('self', (viewer, { actor }) => viewer.id === actor.id)
  @FieldResolver(() => assetFetches.Connection, {
    nullable: true,
    description:
      'What is fetched from outside for the viewer and the viewer’s organizations, the newest first; for operators all fetches. Errors: INVALID.',
  })
  assetFetches(
    @Args(() => AssetFetchesArgs) args: AssetFetchesArgs,
    @Ctx() context: Context,
  ): Promise<Connection<AssetFetch>> {
    return assetFetches.list(context, args);
  }
}

@Resolver(() => AssetFetchType)
export class AssetFetchResolver {
  @Reads('signedIn')
  @Query(() => AssetFetchType, {
    nullable: true,
    description:
      'A file that is fetched from outside, by its id; null when it does not exist or its assets do not belong to the viewer or the viewer’s organizations. Errors: UNAUTHENTICATED, INVALID.',
  })
  assetFetch(
    @Arg('id', () => ID, { description: 'Begins with `aft_`.' }) id: string,
    @Ctx() context: Context,
  ): Promise<AssetFetch | null> {
    return assetFetches.load(context, checkId(id, 'aft', ['id']));
  }

  @FieldResolver()
  owner(@Root() fetch: AssetFetch): ActorStub | null {
    return actorStub(fetch.ownerId);
  }

  @FieldResolver()
  createdBy(@Root() fetch: AssetFetch): ActorStub | null {
    return actorStub(fetch.createdBy);
  }

  @FieldResolver()
  asset(@Root() fetch: AssetFetch, @Ctx() context: Context): Promise<Asset | null> {
    return assets.load(context, fetch.assetId);
  }

  @FieldResolver()
  media(@Root() fetch: AssetFetch, @Ctx() context: Context): Promise<Media | null> {
    return mediaItems.load(context, fetch.mediaId);
  }

  @FieldResolver()
  import(@Root() fetch: AssetFetch, @Ctx() context: Context): Promise<AssetImport | null> {
    return assetImports.load(context, fetch.importId);
  }

  @FieldResolver()
  nextAttemptAt(@Root() fetch: AssetFetch): Date | null {
    return fetch.status === 'QUEUED' ? fetch.nextAt : null;
  }

  @FieldResolver()
  liveCursor(@Ctx() context: Context): string {
    return context.liveCursor;
  }

  @Writes('assets.assetFetch.attach', { facts: [assetFetchRequested] })
  @Mutation(() => AssetFetchAttachPayload, {
    description:
      'Has the server fetch a file from a configured source and attach it to an asset, after the call; follow it by `assetFetchProgressed`. The ' +
      'same limits hold as for uploads. A file that is being fetched for the asset already is not fetched twice, and one that the asset has ' +
      'is not attached twice. Errors: NOT_FOUND, FORBIDDEN, INVALID for an address at no source, CONFLICT for an archived asset and where ' +
      'no sources are configured, TOO_MANY with 200 of the viewer’s under way, UNAVAILABLE when a bucket does not answer or 10,000 wait.',
  })
  async assetFetchAttach(
    @Arg('input', () => AssetFetchAttachInput) input: AssetFetchAttachInput,
    @Ctx() context: Context,
  ): Promise<Run<AssetFetchAttachPayload>> {
    const { assetId, url } = input;
    checkId(assetId, 'ast', ['input', 'assetId']);
    const urls = await addressesOf(context, assetId, url);
    return run(async (tx) => ({ fetches: await service.assetFetchAttach(tx, { assetId, urls }) }));
  }

  @Writes('assets.assetFetch.import', { facts: [assetFetchRequested] })
  @Mutation(() => AssetFetchImportPayload, {
    description:
      'Has the server fetch a catalogue from a configured source and import it, batch by batch, after the call; follow it by ' +
      '`assetFetchProgressed` and `assetImportProgressed`. Invalid lines are reported, the others go in. Errors: FORBIDDEN, INVALID for an ' +
      'address at no source, CONFLICT where no sources are configured, TOO_MANY with 200 of the viewer’s under way, UNAVAILABLE when 10,000 wait.',
  })
  assetFetchImport(
    @Arg('input', () => AssetFetchImportInput) input: AssetFetchImportInput,
  ): Run<AssetFetchImportPayload> {
    if (input.ownerId) checkId(input.ownerId, ['usr', 'org', 'agt'], ['input', 'ownerId']);
    return run(async (tx) => ({ fetch: await service.assetFetchImport(tx, input) }));
  }

  @Writes('assets.assetFetch.cancel', { facts: [assetFetchProgressed] })
  @Mutation(() => AssetFetchCancelPayload, {
    description:
      'Cancels a fetch that is under way. Assets that were already imported from a catalogue stay. Idempotent. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT ' +
      'for one that is done or has failed.',
  })
  assetFetchCancel(
    @Arg('input', () => AssetFetchCancelInput) input: AssetFetchCancelInput,
  ): Run<AssetFetchCancelPayload> {
    checkId(input.fetchId, 'aft', ['input', 'fetchId']);
    return run(async (tx) => ({ fetch: await service.assetFetchCancel(tx, input) }));
  }

  @Streams('signedIn')
  @Subscription(() => AssetFetchProgressedEvent, {
    description:
      'Progress of the fetches of the viewer and of the viewer’s organizations: one event when a fetch is requested, attempted or ended. `after` replays missed events. Errors: UNAUTHENTICATED, INVALID and EXPIRED for a cursor.',
    subscribe: ({ args, context }) => progressStream(context as Context, args as ProgressedArgs),
  })
  assetFetchProgressed(
    @Root() event: ProgressEvent,
    @Arg('filter', () => AssetFetchProgressedFilter, {
      nullable: true,
      description: 'Which fetches; all that the viewer may see if absent.',
    })
    _filter?: FilterInput,
    @Arg('after', () => String, { nullable: true, description: 'A cursor of an earlier event, or a `liveCursor`.' })
    _after?: string,
  ): ProgressEvent {
    return event;
  }
}

@Resolver(() => AssetFetchProgressedEvent)
export class AssetFetchProgressedResolver {
  @FieldResolver()
  fetch(@Root() event: ProgressEvent, @Ctx() context: Context): Promise<AssetFetch | null> {
    return assetFetches.load(context, event.fetchId);
  }
}

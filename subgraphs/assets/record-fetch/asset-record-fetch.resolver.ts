import {
  Arg,
  Args,
  Ctx,
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
import type { Context, Transaction } from '../../../platform/context/context.ts';
import { Invalid, NotFound } from '../../../platform/errors/errors.ts';
import type { PayloadOf, StampedFact } from '../../../platform/facts/fact.ts';
import { factStream } from '../../../platform/facts/stream.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import { filterClass, filterQuery, type FilterInput } from '../../../platform/nouns/filter.ts';
import { meetsFilter } from '../../../platform/nouns/filter-match.ts';
import type { Connection } from '../../../platform/nouns/noun.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { ownersOf } from '../asset/asset.policy.ts';
import { assets } from '../asset/asset.query.ts';
import { AssetType } from '../asset/asset.type.ts';
import { assetRecordFetchFinished, assetRecordFetchRequested } from '../events.ts';
import { actorStub, type ActorStub } from '../foreign/actor.ts';
import { ViewerStub } from '../foreign/viewer.ts';
import type { AssetRecordFetch, FetchStatus } from './asset-record-fetch.entity.ts';
import { AssetRecordFetchesArgs, AssetRecordFetchRequestInput } from './asset-record-fetch.input.ts';
import { assetRecordFetches, tokenReadingOf } from './asset-record-fetch.query.ts';
import { requestFetch, type FetchedThing } from './asset-record-fetch.service.ts';
import {
  AssetRecordFetchFinishedEvent,
  AssetRecordFetchType,
  AssetTokenReadingType,
} from './asset-record-fetch.type.ts';
import { pagePlace } from './page/page-place.ts';
import { tokenPlace } from './token/token-place.ts';

@ObjectType('AssetRecordFetchRequestPayload')
export class AssetRecordFetchRequestPayload {
  @Field(() => AssetRecordFetchType, { description: 'The fetch, which a worker does after this answer.' })
  fetch!: AssetRecordFetch;
}

/** What is asked for, in the one form by which it is known again; whose it is to be is known in the transaction. */
async function thingOf(
  { chains }: Context,
  { token, page }: AssetRecordFetchRequestInput,
): Promise<(tx: Transaction, ownerId: string) => FetchedThing> {
  if (!token === !page) throw new Invalid('Name one thing: token or page is expected.', { path: ['input'] });
  if (page) return ({ sources }, ownerId) => pagePlace(sources, page, ownerId);
  const thing: FetchedThing = { kind: 'TOKEN', ...(await tokenPlace(chains, token!)) };
  return () => thing;
}

/** What a client may narrow the stream by: fields of its facts. */
const finishedFields = { fetchId: 'id', ownerId: 'id', source: 'text' } as const;
export const AssetRecordFetchFinishedFilter = filterClass('AssetRecordFetchFinished', finishedFields);

interface FinishedArgs {
  filter?: FilterInput | null;
  after?: string | null;
}
type Finished = PayloadOf<typeof assetRecordFetchFinished>;
interface FinishedEvent {
  fetchId: string;
  status: FetchStatus;
  cursor: string;
  sequence: string;
  occurredAt: Date;
}

function finishedStream(context: Context, { filter, after }: FinishedArgs): AsyncIterable<FinishedEvent> {
  const { actor } = context;
  const owners = isOperator(actor) ? null : new Set(ownersOf(actor));
  // Refuses too large a filter before the stream begins.
  filterQuery(filter, finishedFields);
  return factStream(context, {
    facts: [assetRecordFetchFinished],
    after,
    match: ({ payload }: StampedFact<Finished>) =>
      (owners === null || owners.has(payload.ownerId)) && meetsFilter(filter, payload),
    event: ({ payload: { fetchId, status } }, at) => ({ fetchId, status, ...at }),
  });
}

@Resolver(() => AssetRecordFetchType)
export class AssetRecordFetchResolver {
  @Reads('signedIn')
  @Query(() => AssetRecordFetchType, {
    nullable: true,
    description:
      'A fetch by its id; null when it does not exist or does not belong to the viewer or the viewer’s organizations. Errors: UNAUTHENTICATED, INVALID.',
  })
  assetRecordFetch(
    @Arg('id', () => ID, { description: 'Begins with `arf_`.' }) id: string,
    @Ctx() context: Context,
  ): Promise<AssetRecordFetch | null> {
    return assetRecordFetches.load(context, checkId(id, 'arf', ['id']));
  }

  @FieldResolver()
  owner(@Root() { ownerId }: AssetRecordFetch): ActorStub | null {
    return actorStub(ownerId);
  }

  @FieldResolver()
  requestedBy(@Root() { requestedBy }: AssetRecordFetch): ActorStub | null {
    return actorStub(requestedBy);
  }

  @FieldResolver()
  asset(@Root() { assetId }: AssetRecordFetch, @Ctx() context: Context): Promise<Asset | null> {
    return assets.load(context, assetId);
  }

  @FieldResolver()
  liveCursor(@Ctx() context: Context): string {
    return context.liveCursor;
  }

  @Writes('assets.assetRecordFetch.request', { facts: [assetRecordFetchRequested] })
  @Mutation(() => AssetRecordFetchRequestPayload, {
    description:
      'Creates a draft from a blockchain token (ERC-721 or ERC-1155) or a web page, or updates the existing one. It runs after the answer. From a token it reads owner, name, supply, metadata and traits; from a page its schema.org data (JSON-LD), otherwise its Open Graph data, if robots.txt allows it. `AssetRecordFetch.status` and `assetRecordFetchFinished` tell how far it is. Anybody may keep a record of any token: the record shows which address owned the token on the chain (`Asset.tokenReading`), and does not prove that the owner of the asset controls that address. An update does not change fields that were edited by hand. A call while a fetch is under way returns that fetch. Errors: FORBIDDEN, INVALID, also for a chain or a page at no configured source; CONFLICT where none is configured, for another holder while it is under way and for an idempotency key used with another input; TOO_MANY for more than 100 fetches of one owner that are under way.',
  })
  async assetRecordFetchRequest(
    @Arg('input', () => AssetRecordFetchRequestInput) input: AssetRecordFetchRequestInput,
    @Ctx() context: Context,
  ): Promise<Run<AssetRecordFetchRequestPayload>> {
    if (input.ownerId) checkId(input.ownerId, ['usr', 'org', 'agt'], ['input', 'ownerId']);
    const thing = await thingOf(context, input);
    const { idempotencyKey } = input;
    return run(
      async (tx) => {
        const ownerId = input.ownerId ?? tx.info.actingFor ?? tx.actorId;
        tx.must('assets.assetRecordFetch.request', ownerId);
        return { fetch: await requestFetch(tx, { ...thing(tx, ownerId), ownerId }) };
      },
      {
        idempotent: idempotencyKey
          ? {
              key: idempotencyKey,
              input,
              resultId: ({ fetch }) => fetch.id,
              again: async (again, id) => {
                const fetch = await assetRecordFetches.load(again, id);
                if (!fetch) throw new NotFound('The fetch made with this key can no longer be seen.');
                return { fetch };
              },
            }
          : undefined,
      },
    );
  }

  @Streams('signedIn')
  @Subscription(() => AssetRecordFetchFinishedEvent, {
    description:
      'One event for each fetch of the viewer or of the viewer’s organizations that succeeded or failed. `after` replays missed events. Errors: UNAUTHENTICATED, INVALID and EXPIRED for a cursor.',
    subscribe: ({ args, context }) => finishedStream(context as Context, args as FinishedArgs),
  })
  assetRecordFetchFinished(
    @Root() event: FinishedEvent,
    @Arg('filter', () => AssetRecordFetchFinishedFilter, {
      nullable: true,
      description: 'Which fetches; all that the viewer may see if absent.',
    })
    _filter?: FilterInput,
    @Arg('after', () => String, { nullable: true, description: 'A cursor of an earlier event, or a `liveCursor`.' })
    _after?: string,
  ): FinishedEvent {
    return event;
  }
}

@Resolver(() => AssetRecordFetchFinishedEvent)
export class AssetRecordFetchFinishedResolver {
  @FieldResolver()
  fetch(@Root() { fetchId }: FinishedEvent, @Ctx() context: Context): Promise<AssetRecordFetch | null> {
    return assetRecordFetches.load(context, fetchId);
  }
}

@Resolver(() => ViewerStub)
export class RecordFetchesOfViewerResolver {
  @Restricted<ViewerStub>('self', (viewer, { actor }) => viewer.id === actor.id)
  @FieldResolver(() => assetRecordFetches.Connection, {
    nullable: true,
    description:
      'The fetches of the viewer and of the viewer’s organizations, the newest first; for operators all of them. Errors: INVALID.',
  })
  assetRecordFetches(
    @Args(() => AssetRecordFetchesArgs) args: AssetRecordFetchesArgs,
    @Ctx() context: Context,
  ): Promise<Connection<AssetRecordFetch>> {
    return assetRecordFetches.list(context, args);
  }
}

@Resolver(() => AssetType)
export class TokenReadingOfAssetResolver {
  @FieldResolver(() => AssetTokenReadingType, {
    nullable: true,
    description:
      'What a blockchain said of the token when it was read last; null if it was not fetched from one. It does not prove that the owner of the asset controls the token.',
  })
  async tokenReading(
    @Root() { id, sourceKind }: Asset,
    @Ctx() context: Context,
  ): Promise<AssetTokenReadingType | null> {
    if (sourceKind !== 'ON_CHAIN') return null;
    const reading = await tokenReadingOf(context, id);
    return reading && { ...reading, blockAt: new Date(reading.blockAt) };
  }
}

import { ArrayMaxSize, ArrayMinSize, IsIn, Length, MaxLength, Min } from 'class-validator';
import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
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
import type { PayloadOf, StampedFact } from '../../../platform/facts/fact.ts';
import { factStream } from '../../../platform/facts/stream.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import { filterClass, filterQuery, type FilterInput } from '../../../platform/nouns/filter.ts';
import { meetsFilter } from '../../../platform/nouns/filter-match.ts';
import type { Connection } from '../../../platform/nouns/noun.ts';
import { LimitSorts, PageArgs } from '../../../platform/nouns/page.ts';
import { AssetSourceKind } from '../asset/asset.entity.ts';
import { ownersOf } from '../asset/asset.policy.ts';
import { assetImported, assetIndexRequested, importProgressed } from '../events.ts';
import { actorStub, type ActorStub } from '../foreign/actor.ts';
import { ViewerStub } from '../foreign/viewer.ts';
import type { AssetImport } from './asset-import.entity.ts';
import { assetImports } from './asset-import.query.ts';
import { assetImport, type ImportResult } from './asset-import.service.ts';
import { AssetImportLineFault, AssetImportProgressedEvent, AssetImportType } from './asset-import.type.ts';
import { AssetImportLineInput, checkLines } from './import-line.ts';

/** Lines of one batch: its transaction stays well under two seconds. */
const linesAtMost = 500;

@InputType('AssetImportInput')
export class AssetImportInput {
  @Field(() => String, {
    description:
      'The catalogue or system that the assets come from, 1 to 100 characters. Owner, source and source id together identify an asset.',
  })
  @Length(1, 100)
  source!: string;

  @Field(() => String, { description: 'A name for this run, 1 to 100 characters; batches of one run add up.' })
  @Length(1, 100)
  run!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'A person or organization; when absent the organization acted for, else the viewer.',
  })
  @MaxLength(40)
  ownerId?: string | null;

  @Field(() => Int, { nullable: true, description: 'How many lines the whole run has.' })
  @Min(0)
  total?: number | null;

  @Field(() => Boolean, { defaultValue: true, description: 'Whether new assets are shown to everybody at once.' })
  publish!: boolean;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether new drafts are indexed as by `assetIndex`. Has no effect on what is published at once.',
  })
  index!: boolean;

  @Field(() => AssetSourceKind.enum, { defaultValue: 'IMPORTED', description: 'How new assets come in.' })
  @IsIn(AssetSourceKind.values)
  sourceKind!: AssetSourceKind;

  @Field(() => [AssetImportLineInput], { description: 'At most 500.' })
  @ArrayMinSize(1)
  @ArrayMaxSize(linesAtMost)
  lines!: AssetImportLineInput[];
}

@ObjectType('AssetImportPayload', { description: 'Result of a batch, with its invalid lines.' })
export class AssetImportPayload {
  @Field(() => AssetImportType, { description: 'The run with the totals of all its batches.' })
  import!: AssetImport;

  @Field(() => Int, { description: 'Number of new assets.' })
  created!: number;

  @Field(() => Int, { description: 'Number of changed assets.' })
  updated!: number;

  @Field(() => Int, { description: 'Number of lines that changed nothing.' })
  unchanged!: number;

  @Field(() => Int, {
    description: 'Number of fields that keep a value edited by hand although the import has another one.',
  })
  kept!: number;

  @Directive(`@listSize(assumedSize: ${linesAtMost})`)
  @Field(() => [AssetImportLineFault], {
    description: 'Lines that were not taken in, each with the first fault; the others were.',
  })
  rejected!: AssetImportLineFault[];
}

@ArgsType()
export class AssetImportsArgs extends PageArgs {
  @Field(() => assetImports.Filter, { nullable: true, description: 'Conditions; all imports when absent.' })
  filter?: FilterInput;

  @Field(() => [assetImports.Sort], { nullable: true, description: 'At most four; the newest first when absent.' })
  @LimitSorts
  sort?: string[];
}

/** What a client may narrow the stream by: fields of its facts. */
const progressedFields = { importId: 'id', ownerId: 'id', source: 'text' } as const;
export const AssetImportProgressedFilter = filterClass('AssetImportProgressed', progressedFields);

interface ProgressedArgs {
  filter?: FilterInput | null;
  after?: string | null;
}

type Progress = PayloadOf<typeof importProgressed>;
type ProgressEvent = Omit<Progress, 'published'> & { cursor: string; sequence: string; occurredAt: Date };

function progressStream(context: Context, { filter, after }: ProgressedArgs): AsyncIterable<ProgressEvent> {
  const { actor } = context;
  const owners = isOperator(actor) ? null : new Set(ownersOf(actor));
  // Refuses too large a filter before the stream begins.
  filterQuery(filter, progressedFields);
  return factStream(context, {
    facts: [importProgressed],
    after,
    match: ({ payload }: StampedFact<Progress>) =>
      (owners === null || owners.has(payload.ownerId)) && meetsFilter(filter, payload),
    event: ({ payload }, at) => ({ ...payload, kept: payload.kept ?? 0, ...at }),
  });
}

/** Queries have a class of their own: one of them has the name of a mutation. */
@Resolver()
export class AssetImportQueryResolver {
  @Reads('signedIn')
  @Query(() => AssetImportType, {
    nullable: true,
    description:
      'A run of an import by its id; null when it does not exist or its assets do not belong to the viewer or the viewer’s organizations. Errors: UNAUTHENTICATED, INVALID.',
  })
  assetImport(
    @Arg('id', () => ID, { description: 'Begins with `imp_`.' }) id: string,
    @Ctx() context: Context,
  ): Promise<AssetImport | null> {
    return assetImports.load(context, checkId(id, 'imp', ['id']));
  }
}

@Resolver(() => ViewerStub)
export class ImportsOfViewerResolver {
  @Restricted<ViewerStub>('self', (viewer, { actor }) => viewer.id === actor.id)
  @FieldResolver(() => assetImports.Connection, {
    nullable: true,
    description:
      'The imports of the viewer and of the viewer’s organizations, the newest first; for operators all imports. Errors: INVALID.',
  })
  assetImports(
    @Args(() => AssetImportsArgs) args: AssetImportsArgs,
    @Ctx() context: Context,
  ): Promise<Connection<AssetImport>> {
    return assetImports.list(context, args);
  }
}

@Resolver(() => AssetImportType)
export class AssetImportResolver {
  @FieldResolver()
  owner(@Root() run: AssetImport): ActorStub | null {
    return actorStub(run.ownerId);
  }

  @FieldResolver()
  liveCursor(@Ctx() context: Context): string {
    return context.liveCursor;
  }

  @Writes('assets.asset.import', { facts: [assetImported, importProgressed, assetIndexRequested] })
  @Mutation(() => AssetImportPayload, {
    description:
      'Imports a batch of at most 500 assets. Lines that have not changed since the last import change nothing. Invalid lines are reported by number; the others are imported. Errors: FORBIDDEN, INVALID.',
  })
  assetImport(@Arg('input', () => AssetImportInput) input: AssetImportInput): Run<ImportResult> {
    if (input.ownerId) checkId(input.ownerId, ['usr', 'org', 'agt'], ['input', 'ownerId']);
    const lines = checkLines(input.lines);
    return run((tx) => assetImport(tx, input, lines));
  }

  @Streams('signedIn')
  @Subscription(() => AssetImportProgressedEvent, {
    description:
      'One event for each batch that an import of the viewer or of the viewer’s organizations processed. `after` replays missed events. Errors: UNAUTHENTICATED, INVALID and EXPIRED for a cursor.',
    subscribe: ({ args, context }) => progressStream(context as Context, args as ProgressedArgs),
  })
  assetImportProgressed(
    @Root() event: ProgressEvent,
    @Arg('filter', () => AssetImportProgressedFilter, {
      nullable: true,
      description: 'Which imports; all that the viewer may see if absent.',
    })
    _filter?: FilterInput,
    @Arg('after', () => String, { nullable: true, description: 'A cursor of an earlier event, or a `liveCursor`.' })
    _after?: string,
  ): ProgressEvent {
    return event;
  }
}

@Resolver(() => AssetImportProgressedEvent)
export class AssetImportProgressedResolver {
  @FieldResolver()
  import(@Root() event: ProgressEvent, @Ctx() context: Context): Promise<AssetImport | null> {
    return assetImports.load(context, event.importId);
  }
}

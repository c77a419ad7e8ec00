import { ArrayMaxSize, IsIn, Length, Max, MaxLength, Min } from 'class-validator';
import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import { AggregateOrder, type AggregateArgs } from '../../../platform/nouns/aggregate.ts';
import { AggregateRowsArgs } from '../../../platform/nouns/aggregate-args.ts';
import type { FilterInput } from '../../../platform/nouns/filter.ts';
import { analystPageAtMost, LimitSorts, PageArgs } from '../../../platform/nouns/page.ts';
import { NotBlank } from '../../../platform/scalars/text.ts';
import { searchAtMost, SearchMode } from '../../../platform/search/search.ts';
import { AssetKind, AssetSourceKind } from './asset.entity.ts';
import { AssetRecordInput } from './asset-record.input.ts';
import { assetAggregate, assets } from './asset.query.ts';

@ArgsType()
export class AssetsArgs extends PageArgs {
  @Field(() => assets.Filter, {
    nullable: true,
    description: 'Conditions on the assets; all visible assets if absent.',
  })
  filter?: FilterInput;

  @Field(() => [assets.Sort], {
    nullable: true,
    description: 'At most four; when absent RELEVANCE with a search, else the newest first.',
  })
  @LimitSorts
  sort?: string[];

  @Field(() => String, {
    nullable: true,
    description:
      'Full text over title, creators, classification, department, materials, tags, accession number, description and provenance: words, "phrases", or, -without. At most 200 characters.',
  })
  @MaxLength(searchAtMost)
  search?: string;

  @Field(() => SearchMode, { nullable: true, description: 'WORDS when absent.' })
  searchMode?: SearchMode;
}

@ArgsType()
export class AssetAggregateArgs extends AggregateRowsArgs implements AggregateArgs {
  @Field(() => assets.Filter, {
    nullable: true,
    description: 'Conditions on the assets; all visible assets if absent.',
  })
  filter?: FilterInput;

  @Field(() => String, { nullable: true, description: 'Counts only what this search finds.' })
  @MaxLength(searchAtMost)
  search?: string;

  @Field(() => SearchMode, { nullable: true, description: 'WORDS when absent.' })
  searchMode?: SearchMode;

  @Field(() => [assetAggregate.GroupBy], { nullable: true, description: 'At most four keys.' })
  @ArrayMaxSize(4)
  groupBy?: string[];

  @Field(() => assetAggregate.Bucket, {
    nullable: true,
    description: 'Groups by time as well; no time buckets if absent.',
  })
  bucket?: NonNullable<AggregateArgs['bucket']>;

  @Field(() => AggregateOrder, {
    nullable: true,
    description: 'When absent by bucket where there is one, else the largest first.',
  })
  orderBy?: AggregateOrder;

  @Field(() => Int, {
    nullable: true,
    description:
      'Only so many groups of keys, those with the most assets over all buckets; at most 100, 1,000 for services and platform roles.',
  })
  @Min(1)
  @Max(analystPageAtMost)
  top?: number;
}

@InputType('AssetCreateInput')
export class AssetCreateInput extends AssetRecordInput {
  @Field(() => String, { description: '1 to 500 characters.' })
  @Length(1, 500)
  @NotBlank()
  title!: string;

  @Field(() => String, { nullable: true, description: 'At most 20,000 characters.' })
  @MaxLength(20_000)
  description?: string | null;

  @Field(() => AssetKind.enum, { description: 'The kind of asset. It must match the structure.' })
  @IsIn(AssetKind.values)
  kind!: AssetKind;

  @Field(() => ID, {
    nullable: true,
    description: 'A person or organization; when absent the organization acted for, else the viewer.',
  })
  @MaxLength(40)
  ownerId?: string | null;

  @Field(() => [String], { nullable: true, description: 'At most 50.' })
  @ArrayMaxSize(50)
  @MaxLength(300, { each: true })
  @NotBlank({ each: true })
  creators?: string[] | null;

  @Field(() => String, { nullable: true, description: 'The classification by the source; at most 300 characters.' })
  @MaxLength(300)
  classification?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Material and technique in words, such as "oil on canvas"; at most 1,000 characters.',
  })
  @MaxLength(1000)
  materials?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: 'At most 50, each at most 60 characters; kept in lower case, each once.',
  })
  @ArrayMaxSize(50)
  @Length(1, 60, { each: true })
  tags?: string[] | null;

  @Field(() => AssetSourceKind.enum, {
    nullable: true,
    description: 'How the asset entered the graph; UPLOADED if absent.',
  })
  @IsIn(AssetSourceKind.values)
  sourceKind?: AssetSourceKind | null;

  @Field(() => String, {
    nullable: true,
    description: 'Makes a retry answer the same asset; unique per actor, kept seven days.',
  })
  @Length(1, 200)
  idempotencyKey?: string | null;
}

@InputType('AssetUpdateInput', {
  description:
    'Absent fields stay as they are; null clears a field. Fields of an imported asset that are changed here are left as they are by later imports.',
})
export class AssetUpdateInput extends AssetRecordInput {
  @Field(() => ID, { description: 'The asset to change.' })
  @MaxLength(40)
  assetId!: string;

  @Field(() => Int, { nullable: true, description: 'Refuses with CONFLICT when the asset has another version.' })
  @Min(1)
  ifVersion?: number | null;

  @Field(() => String, { nullable: true, description: '1 to 500 characters.' })
  @Length(1, 500)
  @NotBlank()
  title?: string | null;

  @Field(() => String, { nullable: true, description: 'At most 20,000 characters.' })
  @MaxLength(20_000)
  description?: string | null;

  @Field(() => AssetKind.enum, {
    nullable: true,
    description: 'The kind of asset. It must match the structure. Null is INVALID.',
  })
  @IsIn(AssetKind.values)
  kind?: AssetKind | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Names of the makers, the first one first; at most 50 of 300 characters each.',
  })
  @ArrayMaxSize(50)
  @MaxLength(300, { each: true })
  @NotBlank({ each: true })
  creators?: string[] | null;

  @Field(() => String, { nullable: true, description: 'The classification by the source; at most 300 characters.' })
  @MaxLength(300)
  classification?: string | null;

  @Field(() => String, { nullable: true, description: 'Material and technique in words; at most 1,000 characters.' })
  @MaxLength(1000)
  materials?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: 'At most 50, each 1 to 60 characters. Replaces the existing tags.',
  })
  @ArrayMaxSize(50)
  @Length(1, 60, { each: true })
  tags?: string[] | null;
}

@InputType('AssetPublishInput')
export class AssetPublishInput {
  @Field(() => ID, { description: 'The asset to publish.' })
  @MaxLength(40)
  assetId!: string;
}

@InputType('AssetArchiveInput')
export class AssetArchiveInput {
  @Field(() => ID, { description: 'The asset to archive.' })
  @MaxLength(40)
  assetId!: string;
}

@InputType('AssetIndexInput')
export class AssetIndexInput {
  @Field(() => ID, { description: 'The draft to index.' })
  @MaxLength(40)
  assetId!: string;
}

@InputType('AssetReopenInput')
export class AssetReopenInput {
  @Field(() => ID, { description: 'The asset that becomes, or stays, a draft.' })
  @MaxLength(40)
  assetId!: string;
}

import { IsIn, Length, MaxLength } from 'class-validator';
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { filterClass, type FilterInput } from '../../../platform/nouns/filter.ts';
import { LimitSorts, PageArgs } from '../../../platform/nouns/page.ts';
import { longestUrl } from '../../../platform/outgoing/outgoing.ts';
import { Verbatim } from '../../../platform/subgraph/normal-input.ts';
import { AssetSourceKind } from '../asset/asset.entity.ts';
import { assetFetches } from './asset-fetch.query.ts';

@InputType('AssetFetchAttachInput')
export class AssetFetchAttachInput {
  @Field(() => ID, { description: 'The asset that the file shows.' })
  @MaxLength(40)
  assetId!: string;

  @Field(() => String, {
    description:
      'Address of the file at a configured source, 1 to 2,000 characters: https://, http:// or s3://bucket/key. One that ends ' +
      'with / names all objects of a bucket below it, at most 50.',
  })
  @Length(1, longestUrl)
  @Verbatim()
  url!: string;
}

@InputType('AssetFetchImportInput')
export class AssetFetchImportInput {
  @Field(() => String, {
    description:
      'Address of the catalogue at a configured source, 1 to 2,000 characters: https://, http:// or s3://bucket/key. It is NDJSON in ' +
      'UTF-8, an `AssetImportLineInput` without `line` in each line, at most 256 MiB.',
  })
  @Length(1, longestUrl)
  @Verbatim()
  url!: string;

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
}

@InputType('AssetFetchCancelInput')
export class AssetFetchCancelInput {
  @Field(() => ID, { description: 'The fetch to cancel.' })
  @MaxLength(40)
  fetchId!: string;
}

@ArgsType()
export class AssetFetchesArgs extends PageArgs {
  @Field(() => assetFetches.Filter, { nullable: true, description: 'Conditions; all fetches when absent.' })
  filter?: FilterInput;

  @Field(() => [assetFetches.Sort], { nullable: true, description: 'At most four; the newest first when absent.' })
  @LimitSorts
  sort?: string[];
}

/** What a client may narrow the stream by: fields of its facts. */
export const progressedFields = { fetchId: 'id', ownerId: 'id', assetId: 'id', importId: 'id' } as const;
export const AssetFetchProgressedFilter = filterClass('AssetFetchProgressed', progressedFields);

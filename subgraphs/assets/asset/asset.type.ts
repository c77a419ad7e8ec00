import { Field, ID, Int, ObjectType } from 'type-graphql';
import { enumKind } from '../../../platform/nouns/filter.ts';
import { Money } from '../../../platform/scalars/money.ts';
import { DateTime, JsonValue, LocalDate } from '../../../platform/scalars/scalars.ts';
import { ActorStub } from '../foreign/actor.ts';
import type { Asset, AssetKind, AssetSourceKind, AssetStatus } from './asset.entity.ts';

export const AssetKindEnum = {
  MUSIC: 'MUSIC',
  ART: 'ART',
  COLLECTIBLE: 'COLLECTIBLE',
  NFT: 'NFT',
  DOCUMENT: 'DOCUMENT',
  OTHER: 'OTHER',
} as const;
export const assetKindFilter = enumKind(AssetKindEnum, 'AssetKind', 'What an asset is.');
export const AssetStatusEnum = {
  DRAFT: 'DRAFT',
  INDEXED: 'INDEXED',
  PUBLISHED: 'PUBLISHED',
  ON_SALE: 'ON_SALE',
  SOLD: 'SOLD',
  ARCHIVED: 'ARCHIVED',
} as const;
export const assetStatusFilter = enumKind(
  AssetStatusEnum,
  'AssetStatus',
  'Where an asset stands: drafts, what is indexed and the archive are seen by their owners; what is published, on sale or sold by all. ON_SALE: kept for one sale, in an auction until the buyer has paid. SOLD: the sale is over; it can go on sale again when it was published anew.',
);
export const AssetSourceKindEnum = {
  UPLOADED: 'UPLOADED',
  IMPORTED: 'IMPORTED',
  SCRAPED: 'SCRAPED',
  ON_CHAIN: 'ON_CHAIN',
} as const;
export const assetSourceKindFilter = enumKind(
  AssetSourceKindEnum,
  'AssetSourceKind',
  'How an asset came in: entered by hand, imported from a catalogue, read off a page, or found on a chain.',
);

@ObjectType('Asset', { description: 'A work, recording, collectible, token or document that somebody owns.' })
export class AssetType implements Pick<
  Asset,
  'id' | 'title' | 'kind' | 'status' | 'creators' | 'tags' | 'version' | 'createdAt' | 'updatedAt'
> {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  title!: string;

  @Field(() => String, { nullable: true })
  description!: string | null;

  @Field(() => AssetKindEnum)
  kind!: AssetKind;

  @Field(() => AssetStatusEnum)
  status!: AssetStatus;

  @Field(() => ActorStub, { nullable: true, description: 'Whose it is.' })
  owner!: ActorStub | null;

  @Field(() => ActorStub, { nullable: true, description: 'Who entered it.' })
  createdBy!: ActorStub | null;

  @Field(() => AssetSourceKindEnum, { description: 'How it came in.' })
  sourceKind!: AssetSourceKind;

  @Field(() => ID, {
    nullable: true,
    description: 'The listing or auction in which it is on sale or was sold; null for a sale outside the graph.',
  })
  saleId!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The place outside the graph where it is on sale or was sold, in words; null for a sale in the graph.',
  })
  salePlace!: string | null;

  @Field(() => String, { nullable: true, description: 'Where it was imported from.' })
  source!: string | null;

  @Field(() => String, { nullable: true, description: 'Its id there.' })
  sourceId!: string | null;

  @Field(() => String, { nullable: true, description: 'Its page there.' })
  sourceUrl!: string | null;

  @Field(() => [String], { description: 'Names of who made it, the first one first.' })
  creators!: string[];

  @Field(() => String, { nullable: true })
  classification!: string | null;

  @Field(() => String, { nullable: true })
  department!: string | null;

  @Field(() => String, { nullable: true })
  materials!: string | null;

  @Field(() => String, { nullable: true, description: 'When it was made, as it is written: "c. 1961".' })
  creationDate!: string | null;

  @Field(() => LocalDate, { nullable: true, description: 'The earliest day on which it can have been made.' })
  createdEarliest!: string | null;

  @Field(() => LocalDate, { nullable: true, description: 'The latest day on which it can have been made.' })
  createdLatest!: string | null;

  @Field(() => Int, { nullable: true, description: 'The decade in which it was begun, by its first year: 1960.' })
  decade!: number | null;

  @Field(() => LocalDate, { nullable: true, description: 'When its owner acquired it.' })
  acquiredOn!: string | null;

  @Field(() => String, { nullable: true })
  accessionNumber!: string | null;

  @Field(() => String, { nullable: true })
  creditLine!: string | null;

  @Field(() => String, { nullable: true, description: 'Its earlier owners, as the source tells it.' })
  provenanceText!: string | null;

  @Field(() => [String])
  tags!: string[];

  @Field(() => JsonValue, { nullable: true, description: 'What else the source says.' })
  details!: Record<string, unknown> | null;

  @Field(() => Money, {
    nullable: true,
    description: 'What its owner states it to be worth. What experts and markets say is told by other fields.',
  })
  value!: Money | null;

  @Field(() => Int, { description: 'Grows with each change; give it back as `ifVersion`.' })
  version!: number;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime)
  updatedAt!: Date;
}

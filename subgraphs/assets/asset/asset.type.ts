import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Money } from '../../../platform/scalars/money.ts';
import { DateTime, JsonValue, LocalDate } from '../../../platform/scalars/scalars.ts';
import { ActorStub } from '../foreign/actor.ts';
import { AssetKind, AssetSourceKind, AssetStatus, type Asset } from './asset.entity.ts';

@ObjectType('Asset', { description: 'A work, recording, collectible, token or document that somebody owns.' })
export class AssetType implements Pick<
  Asset,
  'id' | 'title' | 'kind' | 'status' | 'creators' | 'tags' | 'version' | 'createdAt' | 'updatedAt'
> {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { description: 'The title, 1 to 500 characters.' })
  title!: string;

  @Field(() => String, { nullable: true, description: 'A description for people; null if none is recorded.' })
  description!: string | null;

  @Field(() => AssetKind.enum, { description: 'The kind of asset.' })
  kind!: AssetKind;

  @Field(() => AssetStatus.enum, { description: 'The state of the asset in its life cycle.' })
  status!: AssetStatus;

  @Field(() => ActorStub, { nullable: true, description: 'The current owner.' })
  owner!: ActorStub | null;

  @Field(() => ActorStub, { nullable: true, description: 'The actor who created the asset.' })
  createdBy!: ActorStub | null;

  @Field(() => AssetSourceKind.enum, { description: 'The way the asset was added.' })
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

  @Field(() => String, { nullable: true, description: 'The source of the import; null if the asset was not imported.' })
  source!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The id of the asset at the source; null if it was not imported.',
  })
  sourceId!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The web page of the asset at the source; null if there is none.',
  })
  sourceUrl!: string | null;

  @Field(() => [String], { description: 'Names of the makers in order; empty if unknown.' })
  creators!: string[];

  @Field(() => String, {
    nullable: true,
    description: 'The classification by the source, such as "prints"; null if unknown.',
  })
  classification!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The department of the museum or house that keeps it; null if unknown.',
  })
  department!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Material and technique in words, such as "oil on canvas"; null if unknown.',
  })
  materials!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The date of creation as the source words it, such as "c. 1961"; null if unknown.',
  })
  creationDate!: string | null;

  @Field(() => LocalDate, { nullable: true, description: 'The earliest possible date of creation; null if unknown.' })
  createdEarliest!: string | null;

  @Field(() => LocalDate, { nullable: true, description: 'The latest possible date of creation; null if unknown.' })
  createdLatest!: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'The first year of the decade of `createdEarliest`, such as 1960; null if that is unknown.',
  })
  decade!: number | null;

  @Field(() => LocalDate, {
    nullable: true,
    description: 'The date on which the owner acquired the asset; null if unknown.',
  })
  acquiredOn!: string | null;

  @Field(() => String, { nullable: true, description: 'The inventory number of the collection; null if unknown.' })
  accessionNumber!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The text by which the source or donor is credited; null if unknown.',
  })
  creditLine!: string | null;

  @Field(() => String, { nullable: true, description: 'Earlier owners in words; null if unknown.' })
  provenanceText!: string | null;

  @Field(() => [String], { description: 'Keywords in lower case; at most 50.' })
  tags!: string[];

  @Field(() => JsonValue, {
    nullable: true,
    description: 'Further fields of the source as an object; null if there are none.',
  })
  details!: Record<string, unknown> | null;

  @Field(() => Money, {
    nullable: true,
    description: 'The value that the owner states; null if none is stated.',
  })
  value!: Money | null;

  @Field(() => Int, {
    description: 'The version, which grows with each change. Pass it as `ifVersion` to detect changes by others.',
  })
  version!: number;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime)
  updatedAt!: Date;
}

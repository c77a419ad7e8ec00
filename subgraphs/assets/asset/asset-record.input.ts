import { MaxLength } from 'class-validator';
import { Field, InputType } from 'type-graphql';
import { JsonValue, LocalDate } from '../../../platform/scalars/scalars.ts';
import { AssetNatureInput } from './asset-nature.input.ts';

/** What a registrar writes of an asset: the same that an import may bring. */
@InputType({ description: 'The catalogue record of an asset.' })
export abstract class AssetRecordInput extends AssetNatureInput {
  @Field(() => String, {
    nullable: true,
    description: 'The department of the museum or house that keeps the asset; at most 300 characters.',
  })
  @MaxLength(300)
  department?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The date of creation in words, such as "c. 1961"; at most 300 characters.',
  })
  @MaxLength(300)
  creationDate?: string | null;

  @Field(() => LocalDate, { nullable: true, description: 'The earliest possible date of creation.' })
  @MaxLength(10)
  createdEarliest?: string | null;

  @Field(() => LocalDate, {
    nullable: true,
    description: 'The latest possible date of creation; not before `createdEarliest`.',
  })
  @MaxLength(10)
  createdLatest?: string | null;

  @Field(() => LocalDate, { nullable: true, description: 'The date on which the owner acquired the asset.' })
  @MaxLength(10)
  acquiredOn?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The inventory number of the collection; at most 100 characters.',
  })
  @MaxLength(100)
  accessionNumber?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The text by which the source or donor is credited; at most 2,000 characters.',
  })
  @MaxLength(2000)
  creditLine?: string | null;

  @Field(() => String, { nullable: true, description: 'Earlier owners in words; at most 50,000 characters.' })
  @MaxLength(50_000)
  provenanceText?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Its page at the source: an http or https address, at most 2,000 characters.',
  })
  @MaxLength(2000)
  sourceUrl?: string | null;

  @Field(() => JsonValue, {
    nullable: true,
    description: 'Further fields as an object. Replaces the existing ones.',
  })
  details?: unknown;
}

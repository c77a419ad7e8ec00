import { MaxLength } from 'class-validator';
import { Field, InputType } from 'type-graphql';
import { JsonValue, LocalDate } from '../../../platform/scalars/scalars.ts';
import { AssetNatureInput } from './asset-nature.input.ts';

/** What a registrar writes of an asset: the same that an import may bring. */
@InputType({ description: 'The catalogue record of an asset.' })
export abstract class AssetRecordInput extends AssetNatureInput {
  @Field(() => String, { nullable: true, description: 'Of the museum or house that keeps it. At most 300 characters.' })
  @MaxLength(300)
  department?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'When it was made, in words: "c. 1961". At most 300 characters.',
  })
  @MaxLength(300)
  creationDate?: string | null;

  @Field(() => LocalDate, { nullable: true, description: 'The earliest day on which it can have been made.' })
  @MaxLength(10)
  createdEarliest?: string | null;

  @Field(() => LocalDate, {
    nullable: true,
    description: 'The latest day on which it can have been made; not before `createdEarliest`.',
  })
  @MaxLength(10)
  createdLatest?: string | null;

  @Field(() => LocalDate, { nullable: true, description: 'When its owner acquired it.' })
  @MaxLength(10)
  acquiredOn?: string | null;

  @Field(() => String, { nullable: true, description: 'At most 100 characters.' })
  @MaxLength(100)
  accessionNumber?: string | null;

  @Field(() => String, { nullable: true, description: 'At most 2,000 characters.' })
  @MaxLength(2000)
  creditLine?: string | null;

  @Field(() => String, { nullable: true, description: 'Its earlier owners. At most 50,000 characters.' })
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
    description: 'What else is known of it: an object. Replaces what was there.',
  })
  details?: unknown;
}

import { Field, ID, Int, ObjectType } from 'type-graphql';
import { LocalDate } from '../../../platform/scalars/scalars.ts';
import { CollectibleGrader, CollectibleItemType } from './schemas/collectible.ts';
import { DocumentRecordType } from './schemas/document.ts';
import { AssetStructureType } from './structure.type.ts';

@ObjectType('CollectibleSubgrades', { description: 'The four subgrades of a label that has them.' })
export class CollectibleSubgradesType {
  @Field(() => String, { nullable: true, description: 'Grade of the centering of the print.' })
  centering!: string | null;

  @Field(() => String, { nullable: true, description: 'Grade of the corners.' })
  corners!: string | null;

  @Field(() => String, { nullable: true, description: 'Grade of the edges.' })
  edges!: string | null;

  @Field(() => String, { nullable: true, description: 'Grade of the surface.' })
  surface!: string | null;
}

@ObjectType('CollectibleGrading', {
  description: 'A slab: who graded what is in it, how, and under which certificate.',
})
export class CollectibleGradingType {
  @Field(() => CollectibleGrader.enum, { description: 'The grading company.' })
  grader!: string;

  @Field(() => String, { description: 'The grade as printed on the label: "9.5", "AUTHENTIC".' })
  grade!: string;

  @Field(() => String, { description: 'The number of the certificate at the grading company.' })
  certificateNumber!: string;

  @Field(() => String, {
    nullable: true,
    description: 'PSA’s mark for one flaw of an otherwise better card: OC, ST, PD, OF, MK, MC.',
  })
  qualifier!: string | null;

  @Field(() => CollectibleSubgradesType, { nullable: true, description: 'The subgrades; null if the label has none.' })
  subgrades!: CollectibleSubgradesType | null;

  @Field(() => String, { nullable: true, description: 'Such as “Black Label”.' })
  label!: string | null;
}

@ObjectType('CollectibleItem', { implements: AssetStructureType, description: 'A card, comic, coin or the like.' })
export class CollectibleItem extends AssetStructureType {
  @Field(() => CollectibleItemType.enum, { nullable: true, description: 'The kind of collectible; null if unknown.' })
  itemType!: string | null;

  @Field(() => String, { nullable: true, description: 'The set or series it belongs to.' })
  set!: string | null;

  @Field(() => String, { nullable: true, description: 'Its number in the set, or issue.' })
  number!: string | null;

  @Field(() => Int, { nullable: true, description: 'The year it was made.' })
  year!: number | null;

  @Field(() => String, { nullable: true, description: 'The maker or publisher; null if unknown.' })
  manufacturer!: string | null;

  @Field(() => String, { nullable: true, description: 'The player, character or motif.' })
  subject!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The variant of the item, such as “Holo”; null if there is only one.',
  })
  variant!: string | null;

  @Field(() => String, { nullable: true, description: 'Language of its text (BCP 47).' })
  language!: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether the item is autographed; null if unknown.' })
  autographed!: boolean | null;

  @Field(() => Int, { nullable: true, description: 'Which of a numbered print run it is.' })
  serialNumber!: number | null;

  @Field(() => Int, { nullable: true, description: 'How many the print run has.' })
  printRun!: number | null;

  @Field(() => CollectibleGradingType, { nullable: true, description: 'The professional grading; null if ungraded.' })
  grading!: CollectibleGradingType | null;
}

@ObjectType('TokenReference', { implements: AssetStructureType, description: 'A token on a chain, by CAIP-19.' })
export class TokenReference extends AssetStructureType {
  @Field(() => String, { description: 'The whole name: chain, standard, contract and token id.' })
  caip19!: string;

  @Field(() => String, { description: 'The chain by CAIP-2: "eip155:1".' })
  chain!: string;

  @Field(() => String, { description: 'The standard, as CAIP-19 names it: "erc721".' })
  standard!: string;

  @Field(() => String, { description: 'The contract’s address.' })
  contract!: string;

  @Field(() => ID, { description: 'The token’s number in its contract.' })
  tokenId!: string;

  @Field(() => LocalDate, { nullable: true, description: 'When it was minted.' })
  mintedOn!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The hash of the transaction that minted the token; null if unknown.',
  })
  mintTransaction!: string | null;

  @Field(() => String, { nullable: true, description: 'Where its metadata is.' })
  metadataUrl!: string | null;

  @Field(() => String, { nullable: true, description: 'How many there are of it; a whole number as text.' })
  supply!: string | null;

  @Field(() => String, { nullable: true, description: 'The blockchain address of the creator; null if unknown.' })
  creatorAddress!: string | null;
}

@ObjectType('DocumentRecord', { implements: AssetStructureType, description: 'Bibliographic details of a document.' })
export class DocumentRecord extends AssetStructureType {
  @Field(() => DocumentRecordType.enum, { nullable: true, description: 'The type of document; null if unknown.' })
  documentType!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The person or institution that issued the document; null if unknown.',
  })
  issuer!: string | null;

  @Field(() => LocalDate, { nullable: true, description: 'The date of issue; null if unknown.' })
  issuedOn!: string | null;

  @Field(() => LocalDate, { nullable: true, description: 'The last day on which it is valid.' })
  validUntilDate!: string | null;

  @Field(() => String, { nullable: true, description: 'Its number at the issuer.' })
  referenceNumber!: string | null;

  @Field(() => String, { nullable: true, description: 'Language of its text (BCP 47).' })
  language!: string | null;

  @Field(() => Int, { nullable: true, description: 'Number of pages; null if unknown.' })
  pageCount!: number | null;

  @Field(() => [String], { description: 'Whom it binds or names.' })
  parties!: string[];
}

@ObjectType('OtherStructure', {
  implements: AssetStructureType,
  description: 'Plain values under names of their own: see `json`.',
})
export class OtherStructure extends AssetStructureType {}

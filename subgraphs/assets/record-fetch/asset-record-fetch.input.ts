import { Length, Matches, MaxLength } from 'class-validator';
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import type { FilterInput } from '../../../platform/nouns/filter.ts';
import { LimitSorts, PageArgs } from '../../../platform/nouns/page.ts';
import { longestUrl } from '../../../platform/outgoing/outgoing.ts';
import { Verbatim } from '../../../platform/subgraph/normal-input.ts';
import { assetRecordFetches } from './asset-record-fetch.query.ts';

const address = /^0x[0-9a-fA-F]{40}$/;

@InputType('AssetTokenPlaceInput', { description: 'Where a token of a blockchain is (ERC-721 or ERC-1155).' })
export class AssetTokenPlaceInput {
  @Field(() => String, {
    description: 'The chain by CAIP-2, such as "eip155:1". The operator configures which chains are read.',
  })
  @Matches(/^eip155:[1-9]\d{0,31}$/, {
    message: 'chain: a CAIP-2 id of an Ethereum chain is expected, such as eip155:1.',
  })
  chain!: string;

  @Field(() => String, {
    description:
      'The address of the contract: 0x and 40 hexadecimal digits. Mixed case is checked as a checksum (EIP-55).',
  })
  @Matches(address, { message: 'contract: 0x and 40 hexadecimal digits are expected.' })
  contract!: string;

  @Field(() => ID, { description: 'The id of the token: a whole number of at most 256 bits, in decimal digits.' })
  @Matches(/^(0|[1-9]\d{0,77})$/, { message: 'tokenId: a whole number in decimal digits is expected.' })
  tokenId!: string;

  @Field(() => String, {
    nullable: true,
    description: 'An address whose balance is read, for ERC-1155, where a token has many holders. It proves nothing.',
  })
  @Matches(address, { message: 'holder: 0x and 40 hexadecimal digits are expected.' })
  holder?: string | null;
}

@InputType('AssetRecordFetchRequestInput', { description: 'Name one thing: a token or a page.' })
export class AssetRecordFetchRequestInput {
  @Field(() => AssetTokenPlaceInput, { nullable: true, description: 'A token of a blockchain.' })
  token?: AssetTokenPlaceInput | null;

  @Field(() => String, {
    nullable: true,
    description: 'The address of a web page at a configured source: https:// or http://, 1 to 2,000 characters.',
  })
  @Length(1, longestUrl)
  @Verbatim()
  page?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'The owner of the asset: a person or organization; when absent the organization acted for, else the viewer.',
  })
  @MaxLength(40)
  ownerId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Makes a retry answer the same fetch; unique per actor, kept seven days.',
  })
  @Length(1, 200)
  idempotencyKey?: string | null;
}

@ArgsType()
export class AssetRecordFetchesArgs extends PageArgs {
  @Field(() => assetRecordFetches.Filter, { nullable: true, description: 'Conditions; all fetches when absent.' })
  filter?: FilterInput;

  @Field(() => [assetRecordFetches.Sort], {
    nullable: true,
    description: 'At most four; the newest first when absent.',
  })
  @LimitSorts
  sort?: string[];
}

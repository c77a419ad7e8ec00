import { IsIn, MaxLength } from 'class-validator';
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import type { FilterInput } from '../../../platform/nouns/filter.ts';
import { LimitSorts, PageArgs } from '../../../platform/nouns/page.ts';
import { AssetLinkKind } from './asset-link.entity.ts';
import { assetLinks } from './asset-link.query.ts';

@ArgsType()
export class AssetLinksArgs extends PageArgs {
  @Field(() => assetLinks.Filter, {
    nullable: true,
    description: 'Conditions on the links; all visible links if absent.',
  })
  filter?: FilterInput;

  @Field(() => [assetLinks.Sort], { nullable: true, description: 'At most four; the newest first when absent.' })
  @LimitSorts
  sort?: string[];
}

@InputType('AssetLinkAddInput')
export class AssetLinkAddInput {
  @Field(() => ID, { description: 'The asset that is linked.' })
  @MaxLength(40)
  assetId!: string;

  @Field(() => AssetLinkKind.enum, { description: 'The kind of target, which decides between `targetId` and `url`.' })
  @IsIn(AssetLinkKind.values)
  kind!: AssetLinkKind;

  @Field(() => ID, {
    nullable: true,
    description: 'Of an ASSET or DOCUMENT link: the id of an asset that the viewer can see.',
  })
  @MaxLength(40)
  targetId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Of an ON_CHAIN, STORAGE or WEB link: an http, ipfs, ar, s3 or gs address, at most 2,000 characters.',
  })
  @MaxLength(2000)
  url?: string | null;

  @Field(() => String, { nullable: true, description: 'As what, at most 120 characters: "cover", "lead single".' })
  @MaxLength(120)
  relation?: string | null;
}

@InputType('AssetLinkRemoveInput')
export class AssetLinkRemoveInput {
  @Field(() => ID, { description: 'The asset that is linked.' })
  @MaxLength(40)
  assetId!: string;

  @Field(() => ID, { description: 'The link to remove.' })
  @MaxLength(40)
  linkId!: string;
}

@InputType('AssetLinkAcceptInput')
export class AssetLinkAcceptInput {
  @Field(() => ID, { description: 'The proposed link.' })
  @MaxLength(40)
  linkId!: string;
}

@InputType('AssetLinkDeclineInput')
export class AssetLinkDeclineInput {
  @Field(() => ID, { description: 'The proposed link.' })
  @MaxLength(40)
  linkId!: string;
}

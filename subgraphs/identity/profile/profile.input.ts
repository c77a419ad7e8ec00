import { ArrayMaxSize, IsIn, IsUrl, Length, MaxLength, Min } from 'class-validator';
import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import type { FilterInput } from '../../../platform/nouns/filter.ts';
import { LimitSorts, PageArgs } from '../../../platform/nouns/page.ts';
import { NotBlank } from '../../../platform/scalars/text.ts';
import {
  discoverabilities,
  organizationKinds,
  type ActorLink,
  type Discoverability,
  type OrganizationKind,
} from '../actor/actor.entity.ts';
import { directory } from '../actor/actor.query.ts';
import { DiscoverabilityEnum, OrganizationKindEnum } from '../actor/actor.type.ts';

/** Characters of an address on the web; browsers and proxies refuse longer ones. */
const urlAtMost = 2000;
const Https = (): PropertyDecorator =>
  IsUrl({ protocols: ['https'], require_protocol: true }, { message: '$property must be an https address' });

@ArgsType()
export class ActorsArgs extends PageArgs {
  @Field(() => directory.Filter, {
    nullable: true,
    description: 'Conditions on the actors; all that the viewer may find if absent.',
  })
  filter?: FilterInput;

  @Field(() => [directory.Sort], { nullable: true, description: 'At most four; the newest first when absent.' })
  @LimitSorts
  sort?: string[];

  @Field(() => String, {
    nullable: true,
    description:
      'Words that begin words of the name: "an ex" finds Ann Example. Case, accents and punctuation do not count. At most 200 characters; words after the eighth are ignored.',
  })
  @MaxLength(200)
  search?: string;
}

@InputType('ActorLinkInput', { description: 'A link that a profile shows.' })
export class ActorLinkInput implements ActorLink {
  @Field(() => String, { description: '1 to 80 characters.' })
  @Length(1, 80)
  @NotBlank()
  label!: string;

  @Field(() => String, { description: 'An https address of at most 2,000 characters.' })
  @MaxLength(urlAtMost)
  @Https()
  url!: string;
}

@InputType('ActorUpdateInput', { description: 'Absent fields stay as they are; null clears a field.' })
export class ActorUpdateInput {
  @Field(() => ID, { nullable: true, description: 'The viewer when absent.' })
  @MaxLength(40)
  actorId?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Refuses with CONFLICT when the profile has another version.',
  })
  @Min(1)
  ifVersion?: number | null;

  @Field(() => String, { nullable: true, description: '1 to 120 characters; it cannot be cleared.' })
  @Length(1, 120)
  @NotBlank()
  displayName?: string | null;

  @Field(() => String, { nullable: true, description: 'The https address of a picture; at most 2,000 characters.' })
  @MaxLength(urlAtMost)
  @Https()
  avatar?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'A picture among the media of an asset, uploaded by the viewer or by the actor itself.',
  })
  @MaxLength(40)
  avatarMediaId?: string | null;

  @Field(() => String, { nullable: true, description: 'At most 2,000 characters.' })
  @MaxLength(2000)
  biography?: string | null;

  @Field(() => [ActorLinkInput], { nullable: true, description: 'At most ten, in this order.' })
  @ArrayMaxSize(10)
  links?: ActorLinkInput[] | null;

  @Field(() => String, { nullable: true, description: 'A BCP 47 tag of a known language, such as "de-CH".' })
  @MaxLength(35)
  locale?: string | null;

  @Field(() => String, { nullable: true, description: 'An IANA time zone, such as "Europe/Zurich".' })
  @MaxLength(64)
  timeZone?: string | null;

  @Field(() => DiscoverabilityEnum, { nullable: true, description: 'Who finds it; it cannot be cleared.' })
  @IsIn(discoverabilities)
  discoverable?: Discoverability | null;

  @Field(() => OrganizationKindEnum, { nullable: true, description: 'For organizations; it cannot be cleared.' })
  @IsIn(organizationKinds)
  organizationKind?: OrganizationKind | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'For organizations: the one above. Needs the right to change both; at most five levels, and none is above itself.',
  })
  @MaxLength(40)
  parentId?: string | null;
}

import { ArrayMaxSize, ArrayMinSize, Length, MaxLength, Min } from 'class-validator';
import { Field, ID, InputType, Int } from 'type-graphql';
import { NotBlank } from '../../../platform/scalars/text.ts';

@InputType('PostalAddressCreateInput', { description: 'The fields that the country requires must be given.' })
export class PostalAddressCreateInput {
  @Field(() => ID, {
    nullable: true,
    description: 'A person or organization; if null, the organization acted for, or the viewer.',
  })
  @MaxLength(40)
  ownerId?: string | null;

  @Field(() => String, { description: 'Who receives what is sent there; 1 to 120 characters.' })
  @Length(1, 120)
  @NotBlank()
  name!: string;

  @Field(() => String, { nullable: true, description: 'At most 120 characters.' })
  @MaxLength(120)
  organizationName?: string | null;

  @Field(() => [String], { description: 'One to four lines of at most 120 characters.' })
  @ArrayMinSize(1)
  @ArrayMaxSize(4)
  @Length(1, 120, { each: true })
  lines!: string[];

  @Field(() => String, { nullable: true, description: 'City, town or village; at most 120 characters.' })
  @MaxLength(120)
  locality?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'State, province, prefecture or county; at most 120 characters.',
  })
  @MaxLength(120)
  administrativeArea?: string | null;

  @Field(() => String, { nullable: true, description: 'In the form of its country; at most 16 characters.' })
  @MaxLength(16)
  postalCode?: string | null;

  @Field(() => String, { description: 'ISO 3166-1 alpha-2: "CH".' })
  @Length(2, 2)
  country!: string;

  @Field(() => String, { nullable: true, description: 'E.164: "+41446681800".' })
  @MaxLength(16)
  phone?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether this becomes the default shipping address, instead of the present one.',
  })
  isShippingDefault?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether this becomes the default billing address, instead of the present one.',
  })
  isBillingDefault?: boolean | null;
}

@InputType('PostalAddressUpdateInput', { description: 'Absent fields stay as they are; null clears a field.' })
export class PostalAddressUpdateInput {
  @Field(() => ID, { description: 'The `PostalAddress` to change.' })
  @MaxLength(40)
  postalAddressId!: string;

  @Field(() => Int, { nullable: true, description: 'Refuses with CONFLICT when it has another version.' })
  @Min(1)
  ifVersion?: number | null;

  @Field(() => String, { nullable: true, description: '1 to 120 characters; it cannot be cleared.' })
  @Length(1, 120)
  @NotBlank()
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The firm or institution at that address; at most 120 characters.',
  })
  @MaxLength(120)
  organizationName?: string | null;

  @Field(() => [String], { nullable: true, description: 'One to four lines; they cannot be cleared.' })
  @ArrayMinSize(1)
  @ArrayMaxSize(4)
  @Length(1, 120, { each: true })
  lines?: string[] | null;

  @Field(() => String, { nullable: true, description: 'City, town or village; at most 120 characters.' })
  @MaxLength(120)
  locality?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'State, province, prefecture or county; at most 120 characters.',
  })
  @MaxLength(120)
  administrativeArea?: string | null;

  @Field(() => String, { nullable: true, description: 'In the form of its country; at most 16 characters.' })
  @MaxLength(16)
  postalCode?: string | null;

  @Field(() => String, { nullable: true, description: 'ISO 3166-1 alpha-2; it cannot be cleared.' })
  @Length(2, 2)
  country?: string | null;

  @Field(() => String, { nullable: true, description: 'E.164.' })
  @MaxLength(16)
  phone?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'True makes it the default for deliveries in place of another address; it cannot be cleared.',
  })
  isShippingDefault?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'True makes it the default for bills in place of another address; it cannot be cleared.',
  })
  isBillingDefault?: boolean | null;
}

@InputType('PostalAddressArchiveInput')
export class PostalAddressArchiveInput {
  @Field(() => ID, { description: 'The `PostalAddress` to archive.' })
  @MaxLength(40)
  postalAddressId!: string;
}

import { Field, ID, Int, ObjectType } from 'type-graphql';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { ActorType } from '../actor/actor.type.ts';
import type { PostalAddress } from './postal-address.entity.ts';

@ObjectType('PostalAddress', {
  description:
    'An address for deliveries and bills. Visible to its owner: the person, or the members of the organization from VIEWER up.',
})
export class PostalAddressType implements Pick<
  PostalAddress,
  'id' | 'name' | 'lines' | 'country' | 'isShippingDefault' | 'isBillingDefault' | 'version' | 'createdAt' | 'updatedAt'
> {
  @Field(() => ID, { description: 'Id: `adr_…`.' })
  id!: string;

  @Field(() => ActorType, { nullable: true, description: 'The person or organization whose address it is.' })
  owner!: Actor | null;

  @Field(() => String, { description: 'Who receives what is sent there.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'The firm or institution at that address.' })
  organizationName!: string | null;

  @Field(() => [String], { description: 'Street and number, building, floor: at most four lines.' })
  lines!: string[];

  @Field(() => String, { nullable: true, description: 'City, town or village.' })
  locality!: string | null;

  @Field(() => String, { nullable: true, description: 'State, province, prefecture or county.' })
  administrativeArea!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Postal code in the form of its country. Null where the country uses none.',
  })
  postalCode!: string | null;

  @Field(() => String, { description: 'ISO 3166-1 alpha-2: "CH".' })
  country!: string;

  @Field(() => String, { nullable: true, description: 'For the carrier; E.164: "+41446681800".' })
  phone!: string | null;

  @Field(() => Boolean, { description: 'Whether things are sent there unless another address is named.' })
  isShippingDefault!: boolean;

  @Field(() => Boolean, { description: 'Whether bills go there unless another address is named.' })
  isBillingDefault!: boolean;

  @Field(() => DateTime, { nullable: true, description: 'When it was archived; null while it is in use.' })
  archivedAt!: Date | null;

  @Field(() => Int, { description: 'Grows with each change; give it back as `ifVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'When it was created.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When it was last changed.' })
  updatedAt!: Date;
}

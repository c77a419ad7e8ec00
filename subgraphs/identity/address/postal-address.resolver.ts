import {
  Arg,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  ID,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { Reads, Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { actors } from '../actor/actor.query.ts';
import { OrganizationType } from '../actor/actor.type.ts';
import { postalAddressArchived, postalAddressCreated, postalAddressUpdated } from '../events.ts';
import { ViewerType } from '../viewer/viewer.type.ts';
import type { PostalAddress } from './postal-address.entity.ts';
import {
  PostalAddressArchiveInput,
  PostalAddressCreateInput,
  PostalAddressUpdateInput,
} from './postal-address.input.ts';
import { postalAddresses } from './postal-address.query.ts';
import * as service from './postal-address.service.ts';
import { PostalAddressType } from './postal-address.type.ts';

@ObjectType('PostalAddressCreatePayload')
export class PostalAddressCreatePayload {
  @Field(() => PostalAddressType, { description: 'The new address.' })
  postalAddress!: PostalAddress;

  @Directive('@listSize(assumedSize: 2)')
  @Field(() => [PostalAddressType], {
    description:
      'Other addresses of the owner that were the shipping or billing default until this call; at most two. Empty if none was replaced.',
  })
  replacedDefaults!: PostalAddress[];
}

@ObjectType('PostalAddressUpdatePayload')
export class PostalAddressUpdatePayload {
  @Field(() => PostalAddressType, { description: 'The changed address.' })
  postalAddress!: PostalAddress;

  @Directive('@listSize(assumedSize: 2)')
  @Field(() => [PostalAddressType], {
    description:
      'Other addresses of the owner that were the shipping or billing default until this call; at most two. Empty if none was replaced.',
  })
  replacedDefaults!: PostalAddress[];
}

@ObjectType('PostalAddressArchivePayload')
export class PostalAddressArchivePayload {
  @Field(() => PostalAddressType, { description: 'The archived address.' })
  postalAddress!: PostalAddress;
}

interface AddressPayload {
  postalAddress: PostalAddress;
}

@Resolver(() => PostalAddressType)
export class PostalAddressResolver {
  @Reads('signedIn')
  @Query(() => PostalAddressType, {
    nullable: true,
    description:
      'A postal address by its id, for its owner and for members of the owning organization; also an archived one. Null if it does not exist or is not visible to the viewer. Errors: UNAUTHENTICATED, INVALID for an id of another kind.',
  })
  postalAddress(
    @Arg('id', () => ID, { description: 'Id of the postal address: `adr_…`.' }) id: string,
    @Ctx() context: Context,
  ): Promise<PostalAddress | null> {
    return postalAddresses.load(context, checkId(id, 'adr', ['id']));
  }

  @FieldResolver()
  owner(@Root() address: PostalAddress, @Ctx() context: Context): Promise<Actor | null> {
    return actors.load(context, address.ownerId);
  }

  @Writes('identity.postalAddress.create', { facts: [postalAddressCreated] })
  @Mutation(() => PostalAddressCreatePayload, {
    description:
      'Creates a postal address of the viewer or of an organization. The required fields depend on the country. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT if the owner has 100 addresses in use.',
  })
  postalAddressCreate(
    @Arg('input', () => PostalAddressCreateInput) input: PostalAddressCreateInput,
  ): Run<service.AddressChange> {
    if (input.ownerId) checkId(input.ownerId, ['usr', 'org'], ['input', 'ownerId']);
    return run((tx) => service.postalAddressCreate(tx, input));
  }

  @Writes('identity.postalAddress.update', { facts: [postalAddressUpdated] })
  @Mutation(() => PostalAddressUpdatePayload, {
    description:
      'Changes an address. Orders keep the address as it was when they were made. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT for another version or an archived one.',
  })
  postalAddressUpdate(
    @Arg('input', () => PostalAddressUpdateInput) input: PostalAddressUpdateInput,
  ): Run<service.AddressChange> {
    checkId(input.postalAddressId, 'adr', ['input', 'postalAddressId']);
    return run((tx) => service.postalAddressUpdate(tx, input));
  }

  @Writes('identity.postalAddress.archive', { facts: [postalAddressArchived] })
  @Mutation(() => PostalAddressArchivePayload, {
    description: 'Archives an address, which is then no default any more. Idempotent. Errors: NOT_FOUND, FORBIDDEN.',
  })
  postalAddressArchive(
    @Arg('input', () => PostalAddressArchiveInput) { postalAddressId }: PostalAddressArchiveInput,
  ): Run<AddressPayload> {
    checkId(postalAddressId, 'adr', ['input', 'postalAddressId']);
    return run(async (tx) => ({ postalAddress: await service.postalAddressArchive(tx, postalAddressId) }));
  }
}

@Resolver(() => ViewerType)
export class ViewerAddressesResolver {
  @Directive('@listSize(assumedSize: 100)')
  @FieldResolver(() => [PostalAddressType], {
    description: 'The viewer’s own addresses in use, the oldest first; at most 100.',
  })
  postalAddresses(@Root() viewer: Actor, @Ctx() context: Context): Promise<PostalAddress[]> {
    return service.postalAddressesOf(context, viewer.id);
  }
}

@Resolver(() => OrganizationType)
export class OrganizationAddressesResolver {
  @Directive('@tag(name: "self")')
  @Directive('@listSize(assumedSize: 100)')
  @FieldResolver(() => [PostalAddressType], {
    description: 'Its addresses in use, the oldest first, at most 100; empty if the viewer is not a member.',
  })
  postalAddresses(@Root() organization: Actor, @Ctx() context: Context): Promise<PostalAddress[]> {
    return service.postalAddressesOf(context, organization.id);
  }
}

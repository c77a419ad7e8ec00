import { organizationsOf } from '../../../platform/access/permission.ts';
import { extend } from '../../../platform/declare/extension.ts';
import { noun } from '../../../platform/declare/noun.ts';
import { actors, organizations } from '../actor/actor.noun.ts';
import { Viewer } from '../viewer/viewer.ts';
import { PostalAddress } from './postal-address.entity.ts';

/** Addresses in use per owner; a larger address book belongs in another system. */
export const addressesAtMost = 100;

export const postalAddresses = noun(PostalAddress, {
  name: 'PostalAddress',
  plural: 'postalAddresses',
  prefix: 'adr',
  words: ['address', 'addresses'],
  description:
    'An address for deliveries and bills. Visible to its owner: the person, or the members of the organization from VIEWER up.',
  audience: 'self',
  // Not visible to operators.
  visible: (actor) =>
    actor.id === null ? null : { ownerId: { $in: [actor.id, ...organizationsOf(actor, 'VIEWER')] } },
  ownedBy: 'ownerId',
  fields: (f) => ({
    ...f.standard(),
    owner: f.belongsTo(() => actors, 'ownerId', 'The person or organization that owns the address.'),
    name: f.text('Name of the recipient.'),
    organizationName: f.text('The firm or institution at that address. Null if there is none.').nullable(),
    lines: f.texts('Street and number, building, floor: at most four lines.'),
    locality: f.text('City, town or village. Null if none is given.').nullable(),
    administrativeArea: f.text('State, province, prefecture or county. Null if none is given.').nullable(),
    postalCode: f.text('Postal code in the form of its country. Null if none is given.').nullable(),
    country: f.text('Country by ISO 3166-1 alpha-2: "CH".'),
    phone: f.text('Phone number for the carrier, in E.164: "+41446681800". Null if none is given.').nullable(),
    isShippingDefault: f.boolean('Whether this is the default shipping address of its owner.'),
    isBillingDefault: f.boolean('Whether this is the default billing address of its owner.'),
    archivedAt: f.time('When it was archived; null while it is in use.').nullable(),
  }),
  filter: {},
  sort: ['createdAt'],
  roots: {
    access: 'signedIn',
    one: 'A postal address by its id; also an archived one. Visible to its owner: the person, or the members of the organization from VIEWER up. Null if it does not exist or is not visible to the viewer. Errors: UNAUTHENTICATED, INVALID for an id of another kind.',
    list: false,
  },
});

const inUse = { atMost: addressesAtMost, sort: ['CREATED_AT_ASC'], where: () => ({ archivedAt: null }) };

export const viewerAddresses = extend(Viewer, (f) => ({
  postalAddresses: f.hasFew(
    () => postalAddresses,
    'ownerId',
    'The viewer’s own addresses in use, the oldest first; at most 100.',
    inUse,
  ),
}));

export const organizationAddresses = extend(organizations, (f) => ({
  postalAddresses: f
    .hasFew(
      () => postalAddresses,
      'ownerId',
      'Addresses of the organization that are in use, the oldest first; at most 100. Visible to members from VIEWER up; empty for everybody else.',
      inUse,
    )
    .dependsOn('self'),
}));

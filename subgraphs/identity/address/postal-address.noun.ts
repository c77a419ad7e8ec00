import { organizationsOf } from '../../../platform/access/permission.ts';
import { extend } from '../../../platform/declare/extension.ts';
import { noun } from '../../../platform/declare/noun.ts';
import { actors, organizations } from '../actor/actor.noun.ts';
import { Viewer } from '../viewer/viewer.ts';
import { PostalAddress } from './postal-address.entity.ts';

/** Addresses in use of one owner; an address book of more is another system's. */
export const addressesAtMost = 100;

export const postalAddresses = noun(PostalAddress, {
  name: 'PostalAddress',
  plural: 'postalAddresses',
  prefix: 'adr',
  words: ['address', 'addresses'],
  description:
    'An address for deliveries and bills. Visible to its owner: the person, or the members of the organization from VIEWER up.',
  audience: 'self',
  // Operators have no business here.
  visible: (actor) =>
    actor.id === null ? null : { ownerId: { $in: [actor.id, ...organizationsOf(actor, 'VIEWER')] } },
  ownedBy: 'ownerId',
  fields: (f) => ({
    ...f.standard(),
    owner: f.belongsTo(() => actors, 'ownerId', 'The person or organization whose address it is.'),
    name: f.text('Who receives what is sent there.'),
    organizationName: f.text('The firm or institution at that address. Null if there is none.').nullable(),
    lines: f.texts('Street and number, building, floor: at most four lines.'),
    locality: f.text('City, town or village.').nullable(),
    administrativeArea: f.text('State, province, prefecture or county.').nullable(),
    postalCode: f.text('Postal code in the form of its country. Null where the country uses none.').nullable(),
    country: f.text('ISO 3166-1 alpha-2: "CH".'),
    phone: f.text('For the carrier; E.164: "+41446681800".').nullable(),
    isShippingDefault: f.boolean('Whether things are sent there unless another address is named.'),
    isBillingDefault: f.boolean('Whether bills go there unless another address is named.'),
    archivedAt: f.time('When it was archived; null while it is in use.').nullable(),
  }),
  filter: {},
  sort: ['createdAt'],
  roots: {
    access: 'signedIn',
    one: 'A postal address by its id, for its owner and for members of the owning organization; also an archived one. Null if it does not exist or is not visible to the viewer. Errors: UNAUTHENTICATED, INVALID for an id of another kind.',
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
      'Its addresses in use, the oldest first, at most 100; empty if the viewer is not a member.',
      inUse,
    )
    .dependsOn('self'),
}));

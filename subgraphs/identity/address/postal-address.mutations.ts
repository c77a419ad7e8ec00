import { ArrayMinSize, isPhoneNumber, Length } from 'class-validator';
import { difference } from '../../../platform/change/difference.ts';
import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { checkVersion, mutationOf, versionOf } from '../../../platform/declare/row-mutation.ts';
import type { OutputFields } from '../../../platform/declare/output.ts';
import { Conflict, Invalid } from '../../../platform/errors/errors.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { lockActor } from '../actor/actor-locks.service.ts';
import { postalAddressArchived, postalAddressCreated, postalAddressUpdated, type AddressField } from '../events.ts';
import { addressIssues, normalPostalCode } from './address-format.ts';
import { PostalAddress } from './postal-address.entity.ts';
import { addressesAtMost, postalAddresses } from './postal-address.noun.ts';

/** Stored trimmed; null if it is empty. */
const text = (description: string, max = 120, read = (value: string) => value.trim() || null) =>
  arg.text(`${description}; at most ${max} characters.`, { max }).read(read).clearable();

const fields = {
  name: arg.text('Name of the recipient; 1 to 120 characters.', { min: 1, max: 120 }),
  organizationName: text('The firm or institution at that address'),
  lines: arg
    .texts('Street and number, building, floor: one to four lines of 1 to 120 characters.', { atMost: 4, max: 120 })
    .check(ArrayMinSize(1), Length(1, 120, { each: true }))
    .read((given) => given.map((line) => line.trim())),
  locality: text('City, town or village'),
  administrativeArea: text('State, province, prefecture or county'),
  postalCode: text('Postal code in the form of its country', 16, normalPostalCode),
  country: arg.text('Country by ISO 3166-1 alpha-2: "CH".', { min: 2, max: 2 }),
  phone: text('Phone number for the carrier, in E.164: "+41446681800"', 16),
  isShippingDefault: arg.boolean('Whether this is the default shipping address; it replaces the present one.'),
  isBillingDefault: arg.boolean('Whether this is the default billing address; it replaces the present one.'),
};

const payload = (description: string) => (f: OutputFields<Record<string, unknown>>) => ({
  postalAddress: f.row(() => postalAddresses, description),
  replacedDefaults: f.rows(
    () => postalAddresses,
    'Other addresses of the owner that were the shipping or billing default until this call; at most two. Empty if none was replaced.',
    { atMost: 2 },
  ),
});

export const postalAddressCreate = mutation('postalAddressCreate', {
  access: 'identity.postalAddress.create',
  description:
    'Creates a postal address of the viewer or of an organization. Which fields are required depends on the country.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT if the owner has 100 addresses in use',
  tells: [postalAddressCreated],
  inputDescription: 'The country determines which fields are required; INVALID names each missing one.',
  input: {
    ownerId: arg
      .id(
        ['usr', 'org'],
        'The owner: a person or an organization. If null, the organization acted for, otherwise the viewer.',
      )
      .optional(),
    ...fields,
    isShippingDefault: fields.isShippingDefault.optional(),
    isBillingDefault: fields.isBillingDefault.optional(),
  },
  payload: payload('The new address.'),
  async run(tx, { ownerId, ...given }) {
    const owner = tx.found(await lockOwner(tx, ownerId ?? tx.info.actingFor ?? tx.actorId), ['input', 'ownerId']);
    tx.must('identity.postalAddress.create', owner.id);
    if ((await tx.em.count(PostalAddress, { ownerId: owner.id, archivedAt: null })) >= addressesAtMost)
      throw new Conflict(`There are ${addressesAtMost} addresses already. Archive one first.`);
    const address = postalAddresses.create(tx, { ownerId: owner.id, ...given });
    check(address);
    const replacedDefaults = await takeDefaults(tx, address);
    const { id, country } = address;
    tx.emit(postalAddressCreated, id, { postalAddressId: id, ownerId: owner.id, country });
    return { postalAddress: address, replacedDefaults };
  },
});

export const postalAddressUpdate = mutation('postalAddressUpdate', {
  access: 'identity.postalAddress.update',
  description: 'Changes an address. Orders keep the address as it was when they were placed.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT if `ifVersion` is outdated or the address is archived',
  tells: [postalAddressUpdated],
  inputDescription: 'Absent fields stay as they are; null clears a field.',
  input: {
    postalAddressId: arg.id('adr', 'The `PostalAddress` to change.'),
    ifVersion: versionOf('address'),
    ...fields,
    name: fields.name.kept(),
    lines: fields.lines.kept(),
    country: fields.country.kept(),
    isShippingDefault: fields.isShippingDefault.kept(),
    isBillingDefault: fields.isBillingDefault.kept(),
  },
  payload: payload('The changed address.'),
  async run(tx, { postalAddressId, ifVersion, ...given }) {
    const path = ['input', 'postalAddressId'];
    // Read first and locked after its owner, as in creation, so that two changes never deadlock.
    const seen = tx.found(await postalAddresses.load(tx, postalAddressId), path);
    await lockOwner(tx, seen.ownerId);
    const address = tx.found(await postalAddresses.lock(tx, postalAddressId), path);
    tx.must('identity.postalAddress.update', address.ownerId);
    checkVersion('address', address, ifVersion);
    if (address.archivedAt) throw new Conflict('The address is archived. Create it again to use it.');
    const changed = Object.keys(difference(address, given)) as AddressField[];
    if (changed.length === 0) return { postalAddress: address, replacedDefaults: [] };
    Object.assign(address, given, { updatedAt: tx.now() });
    check(address);
    const replacedDefaults = await takeDefaults(tx, address);
    const { id, ownerId, country } = address;
    tx.emit(postalAddressUpdated, id, { postalAddressId: id, ownerId, country, changed });
    return { postalAddress: address, replacedDefaults };
  },
});

export const postalAddressArchive = mutationOf(postalAddresses, 'postalAddressArchive', {
  access: 'identity.postalAddress.archive',
  description: 'Archives an address; it is no longer a default. Idempotent.',
  errors: 'NOT_FOUND, FORBIDDEN',
  tells: [postalAddressArchived],
  target: 'The `PostalAddress` to archive.',
  answers: [postalAddresses, 'The archived address.'],
  run(tx, address) {
    if (address.archivedAt) return;
    address.archive(tx.now());
    tx.emit(postalAddressArchived, address.id, { postalAddressId: address.id, ownerId: address.ownerId });
  },
});

/** Checks a whole address by the rules of its country; INVALID names every invalid field. */
function check(address: PostalAddress): void {
  const { country, locality = null, administrativeArea = null, postalCode = null, phone } = address;
  const issues = addressIssues({ country, locality, administrativeArea, postalCode });
  const fault = (field: string, code: string, message: string) =>
    issues.push({ path: ['input', field], code, message });
  if (address.lines.includes('')) fault('lines', 'blank', 'lines: a line must not be blank.');
  if (phone && !(/^\+[1-9]\d{6,14}$/.test(phone) && isPhoneNumber(phone)))
    fault('phone', 'phone', 'phone: write the number in E.164, such as "+41446681800".');
  if (issues.length > 0) throw Invalid.of(issues);
}

/** Unsets the defaults of the owner's other addresses that this one replaces. Returns those others. */
async function takeDefaults(tx: Transaction, address: PostalAddress): Promise<PostalAddress[]> {
  if (!address.isShippingDefault && !address.isBillingDefault) return [];
  const replaced = await sqlIn<{ id: string }>(
    tx.em,
    `update identity.postal_addresses
    set is_shipping_default = is_shipping_default and not $3, is_billing_default = is_billing_default and not $4,
      version = version + 1, updated_at = $5
    where owner_id = $1 and universe_id = $6 and id <> $2 and ((is_shipping_default and $3) or (is_billing_default and $4))
    returning id`,
    [address.ownerId, address.id, address.isShippingDefault, address.isBillingDefault, tx.now(), tx.universe],
  );
  const id = { $in: replaced.map((row) => row.id) };
  return replaced.length === 0 ? [] : tx.em.find(PostalAddress, { id }, { orderBy: { id: 'asc' }, refresh: true });
}

/** Locks the owner: under this lock addresses are counted and defaults are moved. */
function lockOwner(tx: Transaction, id: string): Promise<Actor | null> {
  return lockActor(tx, { id, kind: { $in: ['USER', 'ORGANIZATION'] }, closedAt: null });
}

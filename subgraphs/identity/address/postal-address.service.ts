import { LockMode } from '@mikro-orm/core';
import { isPhoneNumber } from 'class-validator';
import DataLoader from 'dataloader';
import type { Context, Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Conflict, Invalid } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { Actor } from '../actor/actor.entity.ts';
import {
  postalAddressArchived,
  postalAddressCreated,
  postalAddressUpdated,
  addressFields,
  type AddressField,
} from '../events.ts';
import { addressIssues, normalPostalCode } from './address-format.ts';
import { PostalAddress } from './postal-address.entity.ts';
import { postalAddresses } from './postal-address.query.ts';

/** Addresses in use of one owner; an address book of more is another system's. */
const addressesAtMost = 100;

export interface AddressText {
  name?: string | null;
  organizationName?: string | null;
  lines?: string[] | null;
  locality?: string | null;
  administrativeArea?: string | null;
  postalCode?: string | null;
  country?: string | null;
  phone?: string | null;
  isShippingDefault?: boolean | null;
  isBillingDefault?: boolean | null;
}

/** An address that was made or changed, and those that were a default until then. */
export interface AddressChange {
  postalAddress: PostalAddress;
  replacedDefaults: PostalAddress[];
}

/** Checks a whole address by what its country asks; INVALID names every field at fault. */
function check(address: PostalAddress): void {
  const { country, locality = null, administrativeArea = null, postalCode = null, phone } = address;
  const issues = addressIssues({ country, locality, administrativeArea, postalCode });
  if (address.lines.some((line) => line === ''))
    issues.push({ path: ['input', 'lines'], code: 'blank', message: 'A line of an address must not be blank.' });
  if (phone && !(/^\+[1-9]\d{6,14}$/.test(phone) && isPhoneNumber(phone)))
    issues.push({
      path: ['input', 'phone'],
      code: 'phone',
      message: 'A phone number is written "+41446681800" (E.164).',
    });
  if (issues.length > 0) throw Invalid.of(issues);
}

/** A given value as it is stored: trimmed, empty is null. */
function stored(field: AddressField, value: unknown): unknown {
  if (field === 'postalCode') return normalPostalCode(value as string | null);
  if (Array.isArray(value)) return value.map((line: string) => line.trim());
  if (typeof value === 'boolean') return value;
  return (value as string | null)?.trim() || null;
}

/** Takes the default of the owner's other addresses, before this one becomes it: there is one of each kind. Answers those others. */
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

/** The owner's row is the lock under which addresses are counted and defaults change hands. */
function lockOwner(tx: Transaction, id: string): Promise<Actor | null> {
  return tx.em.findOne(
    Actor,
    { id, kind: { $in: ['USER', 'ORGANIZATION'] }, closedAt: null },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
}

export async function postalAddressCreate(
  tx: Transaction,
  input: AddressText & {
    ownerId?: string | null;
    name: string;
    lines: string[];
    country: string;
  },
): Promise<AddressChange> {
  const owner = tx.found(await lockOwner(tx, input.ownerId ?? tx.info.actingFor ?? tx.actorId), ['input', 'ownerId']);
  tx.must('identity.postalAddress.create', owner.id);
  if ((await tx.em.count(PostalAddress, { ownerId: owner.id, archivedAt: null })) >= addressesAtMost)
    throw new Conflict(`There are ${addressesAtMost} addresses already. Archive one first.`);
  const now = tx.now();
  const address = tx.em.create(PostalAddress, {
    id: newId('adr'),
    universeId: tx.universe,
    createdAt: now,
    updatedAt: now,
    ownerId: owner.id,
    name: input.name.trim(),
    lines: stored('lines', input.lines) as string[],
    country: input.country,
    organizationName: stored('organizationName', input.organizationName) as string | null,
    locality: stored('locality', input.locality) as string | null,
    administrativeArea: stored('administrativeArea', input.administrativeArea) as string | null,
    postalCode: normalPostalCode(input.postalCode),
    phone: stored('phone', input.phone) as string | null,
    isShippingDefault: input.isShippingDefault ?? false,
    isBillingDefault: input.isBillingDefault ?? false,
    archivedAt: null,
  });
  check(address);
  const replacedDefaults = await takeDefaults(tx, address);
  tx.em.persist(address);
  tx.emit(postalAddressCreated, address.id, {
    postalAddressId: address.id,
    ownerId: owner.id,
    country: address.country,
  });
  return { postalAddress: address, replacedDefaults };
}

export async function postalAddressUpdate(
  tx: Transaction,
  input: AddressText & { postalAddressId: string; ifVersion?: number | null },
): Promise<AddressChange> {
  const path = ['input', 'postalAddressId'];
  // Seen first and locked after its owner, as creating does, so that two changes never wait for one another.
  const seen = tx.found(await postalAddresses.load(tx, input.postalAddressId), path);
  await lockOwner(tx, seen.ownerId);
  const address = tx.found(await postalAddresses.lock(tx, input.postalAddressId), path);
  tx.must('identity.postalAddress.update', address.ownerId);
  if (input.ifVersion && input.ifVersion !== address.version)
    throw new Conflict(
      `ifVersion: the address is at version ${address.version} by now. Read it again, and repeat the change.`,
      { path: ['input', 'ifVersion'] },
    );
  if (address.archivedAt) throw new Conflict('The address is archived. Enter it anew to use it again.');
  const changed: AddressField[] = [];
  for (const field of addressFields) {
    const given = input[field];
    if (given === undefined) continue;
    if (given === null && ['name', 'lines', 'country', 'isShippingDefault', 'isBillingDefault'].includes(field))
      throw new Invalid(`${field} cannot be cleared.`, { path: ['input', field] });
    const value = stored(field, given);
    if (JSON.stringify(address[field] ?? null) === JSON.stringify(value)) continue;
    changed.push(field);
    Object.assign(address, { [field]: value });
  }
  if (changed.length === 0) return { postalAddress: address, replacedDefaults: [] };
  check(address);
  const replacedDefaults = await takeDefaults(tx, address);
  address.updatedAt = tx.now();
  const { id, ownerId, country } = address;
  tx.emit(postalAddressUpdated, id, { postalAddressId: id, ownerId, country, changed });
  return { postalAddress: address, replacedDefaults };
}

export async function postalAddressArchive(tx: Transaction, postalAddressId: string): Promise<PostalAddress> {
  const address = tx.found(await postalAddresses.lock(tx, postalAddressId), ['input', 'postalAddressId']);
  tx.must('identity.postalAddress.archive', address.ownerId);
  if (address.archivedAt) return address;
  address.archive(tx.now());
  tx.emit(postalAddressArchived, address.id, { postalAddressId: address.id, ownerId: address.ownerId });
  return address;
}

const ofOwner = Symbol('postal addresses of owners');

/** The addresses in use of an owner that the viewer may see, the oldest first: one statement for all owners asked for at once. */
export function postalAddressesOf(context: Context, ownerId: string): Promise<PostalAddress[]> {
  const load = async (ids: readonly string[]): Promise<PostalAddress[][]> => {
    const where = postalAddresses.where(context, {}, { ownerId: { $in: [...ids] }, archivedAt: null });
    const rows = where
      ? await context.em.find(PostalAddress, where, {
          orderBy: { createdAt: 'asc', id: 'asc' },
          limit: ids.length * addressesAtMost,
        })
      : [];
    return ids.map((id) => rows.filter((row) => row.ownerId === id));
  };
  return context.loader<PostalAddress[]>(ofOwner, () => new DataLoader(load)).load(ownerId);
}

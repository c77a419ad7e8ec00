import { LockMode } from '@mikro-orm/core';
import DataLoader from 'dataloader';
import type { Context, Transaction } from '../../../platform/context/context.ts';
import { Conflict, Invalid, NotFound } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { newToken, tokenHash } from '../../../platform/secrets/token.ts';
import { Actor } from '../actor/actor.entity.ts';
import { actorRightsChanged, makeActor, roomForOne } from '../actor/actor.service.ts';
import { serviceCreated, serviceKeyCreated, serviceKeyRevoked } from '../events.ts';
import { lockOrganization } from '../membership/membership.service.ts';
import { ServiceKey } from './service-key.entity.ts';

/** Keys of one service that are good at a time: one for each place where it runs, and a second one while they are changed. */
const keysAtMost = 50;

const goodAt = (now: Date) => ({ revokedAt: null, $or: [{ expiresAt: null }, { expiresAt: { $gt: now } }] });

export async function serviceCreate(
  tx: Transaction,
  input: { displayName: string; organizationId: string },
): Promise<Actor> {
  const organization = await lockOrganization(tx, input.organizationId);
  tx.must('identity.service.create', organization.id);
  await roomForOne(tx, organization.id);
  const service = makeActor(tx, { kind: 'SERVICE', displayName: input.displayName, ownerId: organization.id });
  tx.emit(serviceCreated, service.id, { serviceId: service.id, organizationId: organization.id });
  return service;
}

export async function serviceKeyCreate(
  tx: Transaction,
  input: {
    serviceId: string;
    name: string;
    scopes?: string[] | null;
    expiresAt?: Date | null;
  },
): Promise<{ serviceKey: ServiceKey; key: string }> {
  const service = tx.found(
    await tx.em.findOne(
      Actor,
      { id: input.serviceId, kind: 'SERVICE', closedAt: null },
      { lockMode: LockMode.PESSIMISTIC_WRITE },
    ),
    ['input', 'serviceId'],
  );
  tx.must('identity.serviceKey.create', service.ownerId ?? null);
  const now = tx.now();
  if (input.expiresAt && input.expiresAt <= now)
    throw new Invalid('A key ends in the future.', { path: ['input', 'expiresAt'] });
  if ((await tx.em.count(ServiceKey, { serviceId: service.id, ...goodAt(now) })) >= keysAtMost)
    throw new Conflict(`A service has at most ${keysAtMost} keys that are good. Revoke one first.`);
  const key = newToken('esk');
  const serviceKey = tx.em.create(ServiceKey, {
    id: newId('sky'),
    universeId: tx.universe,
    createdAt: now,
    updatedAt: now,
    serviceId: service.id,
    name: input.name.trim(),
    hash: tokenHash(key),
    scopes: input.scopes ?? null,
    expiresAt: input.expiresAt ?? null,
    revokedAt: null,
  });
  tx.em.persist(serviceKey);
  tx.emit(serviceKeyCreated, service.id, {
    serviceKeyId: serviceKey.id,
    serviceId: service.id,
    scopes: serviceKey.scopes ?? null,
  });
  return { serviceKey, key };
}

export async function serviceKeyRevoke(tx: Transaction, input: { serviceKeyId: string }): Promise<ServiceKey> {
  const path = ['input', 'serviceKeyId'];
  const serviceKey = tx.found(
    await tx.em.findOne(ServiceKey, { id: input.serviceKeyId }, { lockMode: LockMode.PESSIMISTIC_WRITE }),
    path,
  );
  const service = await tx.em.findOne(Actor, { id: serviceKey.serviceId });
  // Keys of other organizations are not to be known of.
  if (!tx.can('identity.serviceKey.revoke', service?.ownerId ?? null)) throw new NotFound(undefined, { path });
  tx.must('identity.serviceKey.revoke', service?.ownerId ?? null);
  if (serviceKey.revokedAt === null) {
    serviceKey.revokedAt = tx.now();
    serviceKey.updatedAt = tx.now();
    await actorRightsChanged(tx, serviceKey.serviceId);
    tx.emit(serviceKeyRevoked, serviceKey.serviceId, { serviceKeyId: serviceKey.id, serviceId: serviceKey.serviceId });
  }
  return serviceKey;
}

const keysKey = Symbol('keys of services');

/** The keys of a service that are good, the newest first: one statement for all services that are asked for at once. */
export function keysOf(context: Context, serviceId: string): Promise<ServiceKey[]> {
  const load = async (ids: readonly string[]): Promise<ServiceKey[][]> => {
    const rows = await context.em.find(
      ServiceKey,
      { serviceId: { $in: [...ids] }, ...goodAt(context.now()) },
      { orderBy: { createdAt: 'desc', id: 'desc' } },
    );
    return ids.map((id) => rows.filter((row) => row.serviceId === id));
  };
  return context.loader<ServiceKey[]>(keysKey, () => new DataLoader(load, { maxBatchSize: 100 })).load(serviceId);
}

/** The live key of that text in any universe; the key says which universe it is of. */
export async function serviceKeyOf(context: Context, key: string): Promise<ServiceKey | null> {
  const known = await context.em.findOne(ServiceKey, { hash: tokenHash(key) }, { filters: { universe: false } });
  return known?.isLive(context.now()) ? known : null;
}

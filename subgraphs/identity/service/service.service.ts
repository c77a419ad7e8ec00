import { LockMode } from '@mikro-orm/core';
import type { Context, Transaction } from '../../../platform/context/context.ts';
import { NotFound } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { newToken, tokenHash } from '../../../platform/secrets/token.ts';
import { Actor } from '../actor/actor.entity.ts';
import { actorRightsChanged, makeActor } from '../actor/actor.service.ts';
import { serviceCreated, serviceKeyCreated, serviceKeyRevoked } from '../events.ts';
import { ServiceKey } from './service-key.entity.ts';

export async function serviceCreate(
  tx: Transaction,
  input: { displayName: string; organizationId: string },
): Promise<Actor> {
  const organization = tx.found(await tx.em.findOne(Actor, { id: input.organizationId, kind: 'ORGANIZATION' }), [
    'input',
    'organizationId',
  ]);
  tx.must('identity.service.create', organization.id);
  const service = makeActor(tx, { kind: 'SERVICE', displayName: input.displayName, ownerId: organization.id });
  tx.emit(serviceCreated, service.id, { serviceId: service.id, organizationId: organization.id });
  return service;
}

export async function serviceKeyCreate(
  tx: Transaction,
  input: { serviceId: string; name: string; scopes?: string[] | null; expiresAt?: Date | null },
): Promise<{ serviceKey: ServiceKey; key: string }> {
  const service = tx.found(await tx.em.findOne(Actor, { id: input.serviceId, kind: 'SERVICE' }), [
    'input',
    'serviceId',
  ]);
  tx.must('identity.serviceKey.create', service.ownerId ?? null);
  const now = tx.now();
  const key = newToken('esk');
  const serviceKey = tx.em.create(ServiceKey, {
    id: newId('sky'),
    universeId: tx.universe,
    createdAt: now,
    updatedAt: now,
    serviceId: service.id,
    name: input.name,
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

/** The live key of that text in any universe; the key says which universe it is of. */
export async function serviceKeyOf(context: Context, key: string): Promise<ServiceKey | null> {
  const known = await context.em.findOne(ServiceKey, { hash: tokenHash(key) }, { filters: { universe: false } });
  return known?.isLive(context.now()) ? known : null;
}

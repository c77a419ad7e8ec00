import type { Transaction } from '../../../platform/context/context.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { makeActor, roomForOne } from '../actor/actor.service.ts';
import { serviceCreated } from '../events.ts';
import { lockOrganization } from '../membership/membership.service.ts';

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

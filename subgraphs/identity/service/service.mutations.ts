import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { services } from '../actor/actor.noun.ts';
import { makeActor, roomForOne } from '../actor/actor.service.ts';
import { serviceCreated } from '../events.ts';
import { lockOrganization } from '../membership/membership.service.ts';

export const serviceCreate = mutation('serviceCreate', {
  access: 'identity.service.create',
  description: 'Creates a service of an organization.',
  errors: 'NOT_FOUND, FORBIDDEN, CONFLICT if the organization has 1,000 agents and services',
  tells: [serviceCreated],
  input: {
    displayName: arg.text('Name shown to others; 1 to 80 characters.', { min: 1, max: 80 }),
    organizationId: arg.id('org', 'The organization that owns the service.'),
  },
  answers: [services, 'The new service. It signs in with keys from `actorKeyCreate`.'],
  async run(tx, { displayName, organizationId }) {
    await lockOrganization(tx, organizationId);
    tx.must('identity.service.create', organizationId);
    await roomForOne(tx, organizationId);
    const service = makeActor(tx, { kind: 'SERVICE', displayName, ownerId: organizationId });
    tx.emit(serviceCreated, service.id, { serviceId: service.id, organizationId });
    return service;
  },
});

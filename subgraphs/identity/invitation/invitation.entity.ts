import { defineEntity, p } from '@mikro-orm/core';
import { classify } from '../../../platform/nouns/classification.ts';
import { organizationRoles } from '../../../platform/context/actor.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';

export const InvitationSchema = defineEntity({
  name: 'Invitation',
  tableName: 'invitations',
  properties: {
    ...standardColumns,
    organizationId: p.text().name('organization_id'),
    /** Lower case; of somebody who is asked by address. */
    email: p.text().nullable(),
    /** Of somebody who is known. Either this or the address. */
    actorId: p.text().name('actor_id').nullable(),
    role: p.enum(organizationRoles),
    invitedBy: p.text().name('invited_by'),
    expiresAt: p.datetime(3).name('expires_at'),
    acceptedAt: p.datetime(3).name('accepted_at').nullable(),
    acceptedBy: p.text().name('accepted_by').nullable(),
    declinedAt: p.datetime(3).name('declined_at').nullable(),
    revokedAt: p.datetime(3).name('revoked_at').nullable(),
  },
});

/** How an invitation stands; time alone makes an open one expire. */
export type InvitationStatus = 'OPEN' | 'ACCEPTED' | 'DECLINED' | 'REVOKED' | 'EXPIRED';

/** Somebody is asked to join an organization: an actor who is known, or an address that may or may not have an account. */
export class Invitation extends InvitationSchema.class {
  statusAt(now: Date): InvitationStatus {
    if (this.acceptedAt) return 'ACCEPTED';
    if (this.declinedAt) return 'DECLINED';
    if (this.revokedAt) return 'REVOKED';
    return this.expiresAt > now ? 'OPEN' : 'EXPIRED';
  }

  isOpen(now: Date): boolean {
    return this.statusAt(now) === 'OPEN';
  }
}
InvitationSchema.setClass(Invitation);
classify(InvitationSchema, { personal: ['email'] });

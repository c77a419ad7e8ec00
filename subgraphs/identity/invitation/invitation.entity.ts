import { defineEntity, p } from '@mikro-orm/core';
import { organizationRoles } from '../../../platform/context/actor.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';

export const InvitationSchema = defineEntity({
  name: 'Invitation',
  tableName: 'invitations',
  properties: {
    ...standardColumns,
    organizationId: p.text().name('organization_id'),
    /** Lower case. */
    email: p.text(),
    role: p.enum(organizationRoles),
    invitedBy: p.text().name('invited_by'),
    expiresAt: p.datetime(3).name('expires_at'),
    acceptedAt: p.datetime(3).name('accepted_at').nullable(),
    acceptedBy: p.text().name('accepted_by').nullable(),
    revokedAt: p.datetime(3).name('revoked_at').nullable(),
  },
});

/** How an invitation stands; time alone makes an open one expire. */
export type InvitationStatus = 'OPEN' | 'ACCEPTED' | 'REVOKED' | 'EXPIRED';

/** Somebody is asked to join an organization, by an address that may or may not have an account. */
export class Invitation extends InvitationSchema.class {
  statusAt(now: Date): InvitationStatus {
    if (this.acceptedAt) return 'ACCEPTED';
    if (this.revokedAt) return 'REVOKED';
    return this.expiresAt > now ? 'OPEN' : 'EXPIRED';
  }

  isOpen(now: Date): boolean {
    return this.statusAt(now) === 'OPEN';
  }
}
InvitationSchema.setClass(Invitation);

import { defineEntity, p } from '@mikro-orm/core';
import { enumeration, type ValueOf } from '../../../platform/declare/enumeration.ts';
import { classify } from '../../../platform/nouns/classification.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { OrganizationRole } from '../membership/membership.entity.ts';

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
    role: p.enum(OrganizationRole.values),
    invitedBy: p.text().name('invited_by'),
    expiresAt: p.datetime(3).name('expires_at'),
    acceptedAt: p.datetime(3).name('accepted_at').nullable(),
    acceptedBy: p.text().name('accepted_by').nullable(),
    declinedAt: p.datetime(3).name('declined_at').nullable(),
    revokedAt: p.datetime(3).name('revoked_at').nullable(),
  },
});

export const InvitationStatus = enumeration('InvitationStatus', 'Status of an invitation.', {
  OPEN: 'It can be accepted, for seven days after it was last sent.',
  ACCEPTED: 'The person joined the organization.',
  DECLINED: 'The person declined.',
  REVOKED: 'The organization withdrew it.',
  EXPIRED: 'Seven days have passed. Sending it again opens it again.',
});
type InvitationStatus = ValueOf<typeof InvitationStatus>;

/** Open invitations of one organization, so that its list is whole; and of one person. */
export const openAtMost = 200;

/** What an open or expired invitation is, as a condition. */
export const isUnanswered = { acceptedAt: null, revokedAt: null, declinedAt: null } as const;

/** Invitations of this person: by name, or to an address that is shown to be theirs. */
export function sentTo({ id, email, emailConfirmedAt }: Actor): { actorId: string } | { $or: object[] } {
  return email && emailConfirmedAt ? { $or: [{ actorId: id }, { email }] } : { actorId: id };
}

/** Somebody is asked to join an organization: an actor who is known, or an address that may or may not have an account. */
export class Invitation extends InvitationSchema.class {
  /** Time alone makes an open one expire. */
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

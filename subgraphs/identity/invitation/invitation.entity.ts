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
    /** In normal form; of a person invited by address. */
    email: p.text().nullable(),
    /** Of a person invited by id. Either this or the address is set. */
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
  REVOKED: 'The organization or an operator revoked it.',
  EXPIRED: 'Seven days have passed. Sending it again opens it again.',
});
type InvitationStatus = ValueOf<typeof InvitationStatus>;

/** Unanswered invitations per organization, so that its list is complete; also the length of a person's list. */
export const openAtMost = 200;

/** The condition for open and expired invitations. */
export const isUnanswered = { acceptedAt: null, revokedAt: null, declinedAt: null } as const;

/** The condition for invitations of this person: by id, or to their confirmed address. */
export function sentTo({ id, email, emailConfirmedAt }: Actor): { actorId: string } | { $or: object[] } {
  return email && emailConfirmedAt ? { $or: [{ actorId: id }, { email }] } : { actorId: id };
}

/** An invitation to join an organization: of an actor, or of an address with or without an account. */
export class Invitation extends InvitationSchema.class {
  /** Expiry is not stored: it follows from the time. */
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

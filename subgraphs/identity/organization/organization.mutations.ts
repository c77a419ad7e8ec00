import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import { OrganizationKind } from '../actor/actor.entity.ts';
import { lockActor } from '../actor/actor-locks.service.ts';
import { organizations } from '../actor/actor.noun.ts';
import { makeActor } from '../actor/actor.service.ts';
import { allowanceUse } from '../allowance/allowance.service.ts';
import { membershipGranted, organizationCreated } from '../events.ts';
import { Membership } from '../membership/membership.entity.ts';
import { memberships } from '../membership/membership.noun.ts';
import { checkOwnHand, setRole } from '../membership/membership.service.ts';

/** Organizations that one account may create: enough to try things out, too few to crowd the directory. */
const perFounder = { atMost: 10, seconds: 24 * 3600 };
/** Organizations that a founder may own; a group of companies has fewer. */
const ownedAtMost = 50;

export const organizationCreate = mutation('organizationCreate', {
  access: 'signedIn',
  description: 'Creates an organization; the viewer becomes its owner.',
  errors:
    'INVALID, FORBIDDEN on behalf of another actor, also for a person’s agent, TOO_MANY with `retryAfter` in seconds after ten within a day, CONFLICT for the owner of 50 or the member of 100 organizations',
  tells: [organizationCreated, membershipGranted],
  input: {
    displayName: arg.text('Name shown to others; 1 to 120 characters.', { min: 1, max: 120 }),
    organizationKind: arg.enum(OrganizationKind, 'Whether it is a company, a brand or a group.').default('COMPANY'),
  },
  payload: (f) => ({
    organization: f.row(() => organizations, 'The new organization.'),
    membership: f.row(() => memberships, 'The membership of the viewer, as OWNER.'),
  }),
  async run(tx, { displayName, organizationKind }) {
    checkOwnHand(tx);
    // Locked, so that simultaneous calls are counted one after the other.
    const founder = tx.found(await lockActor(tx, { id: tx.actorId, closedAt: null }));
    await allowanceUse(tx, [{ purpose: 'organization.account', of: founder.id, ...perFounder }]);
    if ((await tx.em.count(Membership, { actorId: founder.id, role: 'OWNER' })) >= ownedAtMost)
      throw new Conflict(`You own ${ownedAtMost} organizations already. Close or leave one of them first.`);
    const organization = makeActor(tx, { kind: 'ORGANIZATION', displayName, organizationKind });
    const { id } = organization;
    tx.emit(organizationCreated, id, { organizationId: id, kind: organizationKind });
    return { organization, membership: await setRole(tx, null, id, founder, 'OWNER') };
  },
});

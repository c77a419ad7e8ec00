import { extend } from '../../../platform/declare/extension.ts';
import { organizations } from '../actor/actor.noun.ts';
import { CloseBlockerType } from '../business/open-business.entity.ts';
import { Viewer } from '../viewer/viewer.ts';
import { closeBlockers } from './closing.service.ts';
import { identityExport, organizationExport } from './export.service.ts';

export const viewerClosing = extend(Viewer, (f) => ({
  identityExport: f
    .json(
      'Export of all data that the identity system stores about the viewer, as JSON: profile, memberships, sessions, addresses, agents, invitations and mails; at most 1,000 of each. Null when acting on behalf of somebody else.',
    )
    .nullable()
    .from((viewer, context) => (context.actor.delegate === null ? identityExport(context, viewer) : null)),
  closeBlockers: f
    .list(
      CloseBlockerType,
      'What prevents the viewer’s account from being closed: lots that are up for auction, led or not settled, assets offered to somebody, and organizations without another owner. Follows other systems within moments. At most 100 of lots and offers, and 100 organizations; empty when the account can be closed.',
      { atMost: 200 },
    )
    .from((_viewer, context) => closeBlockers(context)),
}));

export const organizationClosing = extend(organizations, (f) => ({
  identityExport: f
    .json(
      'Export of all data that the identity system stores about the organization, as JSON: profile, members, invitations, addresses, agents, services and keys; at most 1,000 of each. Only for its owners, acting themselves; otherwise null.',
    )
    .from((organization, context) => organizationExport(context, organization))
    .restrictedTo(
      'self',
      ({ id }, context) => context.actor.delegate === null && context.can('identity.organization.close', id),
    ),
}));

import { extend } from '../../../platform/declare/extension.ts';
import { organizations } from '../actor/actor.noun.ts';
import { CloseBlockerType } from '../business/open-business.entity.ts';
import { Viewer } from '../viewer/viewer.ts';
import { closeBlockers } from './closing.service.ts';
import { identityExport, organizationExport } from './export.service.ts';

export const viewerClosing = extend(Viewer, (f) => ({
  identityExport: f
    .json(
      'Export of all data that the identity system stores about the viewer, as JSON: profile, memberships, sessions, addresses, agents, keys, invitations and mails; the newest 1,000 of each, and `truncated` names the kinds with more. Null when acting on behalf of another actor.',
    )
    .nullable()
    .from((viewer, context) => (context.actor.delegate === null ? identityExport(context, viewer) : null)),
  closeBlockers: f
    .list(
      CloseBlockerType,
      'What prevents the viewer’s account from being closed: lots that the viewer sells, leads or has not settled, pending transfers of assets, and organizations without another owner. Updated within moments of a change. At most 100 lots and transfers, and 100 organizations; empty if nothing prevents it.',
      { atMost: 200 },
    )
    .from((_viewer, context) => closeBlockers(context)),
}));

export const organizationClosing = extend(organizations, (f) => ({
  identityExport: f
    .json(
      'Export of all data that the identity system stores about the organization, as JSON: profile, members, invitations, addresses, agents, services and keys; the newest 1,000 of each, and `truncated` names the kinds with more. Visible to its owners; null for everybody else and when acting on behalf of another actor.',
    )
    .from((organization, context) => organizationExport(context, organization))
    .restrictedTo(
      'self',
      ({ id }, context) => context.actor.delegate === null && context.can('identity.organization.close', id),
    ),
}));

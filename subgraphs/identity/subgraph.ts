import type { Context } from '../../platform/context/context.ts';
import { defineSubgraph, type Representation, type Subgraph } from '../../platform/subgraph/subgraph.ts';
import type { ActorKind } from './actor/actor.entity.ts';
import * as actorNouns from './actor/actor.noun.ts';
import { DirectoryResolver } from './actor/directory.resolver.ts';
import * as addressMutations from './address/postal-address.mutations.ts';
import * as addressNouns from './address/postal-address.noun.ts';
import * as agentMutations from './agent/agent.mutations.ts';
import { UploadedImage } from './avatar/uploaded-image.entity.ts';
import { OpenBusiness } from './business/open-business.entity.ts';
import * as closingFields from './closing/closing.fields.ts';
import * as closingMutations from './closing/closing.mutations.ts';
import * as emailCollisions from './email/email-collision.ts';
import * as emailMutations from './email/email.mutations.ts';
import * as events from './events.ts';
import * as invitationMutations from './invitation/invitation.mutations.ts';
import * as invitationNouns from './invitation/invitation.noun.ts';
import * as keyMutations from './key/actor-key.mutations.ts';
import * as keyNouns from './key/actor-key.noun.ts';
import { linkRoute } from './link/link-route.ts';
import { OneTimeLink } from './link/one-time-link.entity.ts';
import { accountMailDelivery } from './mail/account-mail-delivery.service.ts';
import * as mailNouns from './mail/account-mail.noun.ts';
import { EndedMembership } from './membership/membership.entity.ts';
import * as membershipMutations from './membership/membership.mutations.ts';
import * as membershipNouns from './membership/membership.noun.ts';
import { migrations } from './migrations/index.ts';
import * as organizationMutations from './organization/organization.mutations.ts';
import * as passwordMutations from './password/password.mutations.ts';
import { permissions } from './permissions.ts';
import * as platformRoleMutations from './platform-role/platform-role.mutations.ts';
import * as profileMutations from './profile/profile.mutations.ts';
import { reactions } from './reactions.ts';
import * as serviceMutations from './service/service.mutations.ts';
import { RefreshToken } from './session/session.entity.ts';
import * as sessionMutations from './session/session.mutations.ts';
import * as sessionNouns from './session/session.noun.ts';
import * as signUpMutations from './sign-up/sign-up.mutations.ts';
import { SigningKey } from './signing/signing-key.entity.ts';
import { SnapshotResolver } from './snapshot/snapshot.resolver.ts';
import { sweepIdentity } from './sweep/sweep.service.ts';
import { Credential } from './user/credential.entity.ts';
import * as userInvite from './user/user-invite.ts';
import * as userMutations from './user/user.mutations.ts';
import * as viewer from './viewer/viewer.ts';

const { directory, organizationDirectory, agentDirectory, actors, users, organizations, agents, services } = actorNouns;

/** Actors of all kinds are loaded together, in one statement. */
const ofKind = (kind: ActorKind) => async (reference: Representation, context: Context) => {
  const actor = await actors.load(context, String(reference['id'] ?? reference['nodeId']));
  return actor?.kind === kind ? actor : null;
};

export const identity: Subgraph = defineSubgraph({
  name: 'identity',
  title: 'Identity',
  description: 'People, organizations, services and agents; their memberships, and how they sign in.',
  resolvers: [DirectoryResolver, SnapshotResolver],
  // The directories come first, because lists follow their visibility, not that of references.
  nouns: [directory, organizationDirectory, agentDirectory, actors, users, organizations, agents, services],
  modules: [
    addressMutations,
    addressNouns,
    agentMutations,
    closingFields,
    closingMutations,
    emailCollisions,
    emailMutations,
    events,
    invitationMutations,
    invitationNouns,
    keyMutations,
    keyNouns,
    mailNouns,
    membershipMutations,
    membershipNouns,
    organizationMutations,
    passwordMutations,
    platformRoleMutations,
    profileMutations,
    serviceMutations,
    sessionMutations,
    sessionNouns,
    signUpMutations,
    userInvite,
    userMutations,
    viewer,
  ],
  entities: [Credential, EndedMembership, OneTimeLink, OpenBusiness, RefreshToken, SigningKey, UploadedImage],
  references: {
    User: ofKind('USER'),
    Organization: ofKind('ORGANIZATION'),
    Agent: ofKind('AGENT'),
    Service: ofKind('SERVICE'),
    // Only the caller's own viewer is accessible.
    Viewer: (reference, context) =>
      reference['id'] === context.actor.id ? actors.load(context, context.actor.id) : null,
  },
  permissions,
  audiences: {
    // Visitors of a shop have a profile and addresses.
    'Mutation.actorUpdate': ['storefront', 'dashboard', 'operator', 'agent'],
    'Mutation.postalAddressCreate': ['storefront', 'dashboard', 'operator', 'agent'],
    'Mutation.postalAddressUpdate': ['storefront', 'dashboard', 'operator', 'agent'],
    'Mutation.postalAddressArchive': ['storefront', 'dashboard', 'operator', 'agent'],
    // Passwords and e-mail addresses are for people.
    'Mutation.emailChange': ['storefront', 'dashboard', 'operator'],
    'Mutation.passwordChange': ['storefront', 'dashboard', 'operator'],
    AccountMail: ['operator'],
    EmailCollision: ['operator'],
  },
  rightsFacts: events.rightsFacts,
  reactions,
  systemFacts: events.systemFacts,
  migrations,
  workers: [accountMailDelivery],
  routes: [linkRoute],
  sweep: sweepIdentity,
});

import { defineSubgraph, type Subgraph } from '../../platform/subgraph/subgraph.ts';
import { Actor } from './actor/actor.entity.ts';
import { actors, agents, directory, organizations } from './actor/actor.query.ts';
import { ActorResolver, AgentOwnerResolver, ServiceOwnerResolver } from './actor/actor.resolver.ts';
import { ActorProfileType, AgentType, OrganizationType, ServiceType, UserType } from './actor/actor.type.ts';
import { PostalAddress } from './address/postal-address.entity.ts';
import { postalAddresses } from './address/postal-address.query.ts';
import {
  OrganizationAddressesResolver,
  PostalAddressResolver,
  ViewerAddressesResolver,
} from './address/postal-address.resolver.ts';
import { AvatarResolver } from './avatar/avatar.resolver.ts';
import { UploadedImage } from './avatar/uploaded-image.entity.ts';
import { AgentResolver } from './agent/agent.resolver.ts';
import { ClosingResolver } from './closing/closing.resolver.ts';
import { OrganizationClosingResolver } from './closing/organization-closing.resolver.ts';
import { EmailCollisionResolver } from './email/email-collision.resolver.ts';
import { EmailResolver } from './email/email.resolver.ts';
import { facts, rightsFacts, systemFacts } from './events.ts';
import { Invitation } from './invitation/invitation.entity.ts';
import { invitations } from './invitation/invitation.query.ts';
import {
  InvitationResolver,
  OrganizationInvitationsResolver,
  ViewerInvitationsResolver,
} from './invitation/invitation.resolver.ts';
import { OneTimeLink } from './link/one-time-link.entity.ts';
import { accountMailDelivery } from './mail/account-mail-delivery.service.ts';
import { AccountMail } from './mail/account-mail.entity.ts';
import { accountMails } from './mail/account-mail.query.ts';
import { AccountMailResolver } from './mail/account-mail.resolver.ts';
import { EndedMembership, Membership } from './membership/membership.entity.ts';
import { memberships } from './membership/membership.query.ts';
import { MembershipResolver, OrganizationMembersResolver } from './membership/membership.resolver.ts';
import { identity001 } from './migrations/001-identity.ts';
import { identity002 } from './migrations/002-indexes.ts';
import { identity003People } from './migrations/003-people.ts';
import { identity004SignIn } from './migrations/004-sign-in.ts';
import { identity005PostalAddresses } from './migrations/005-postal-addresses.ts';
import { identity006Mail } from './migrations/006-mail.ts';
import { identity007Closing } from './migrations/007-closing.ts';
import { OpenBusiness } from './business/open-business.entity.ts';
import { identity010OpenBusiness } from './migrations/010-open-business.ts';
import { identity008Rights } from './migrations/008-rights.ts';
import { identity009KeyIssuers } from './migrations/009-key-issuers.ts';
import { identity011Accounts } from './migrations/011-accounts.ts';
import { identity012EndedMemberships } from './migrations/012-ended-memberships.ts';
import { identity013NormalTexts } from './migrations/013-normal-texts.ts';
import { identity014NameWords } from './migrations/014-name-words.ts';
import { identity015ClosedBy } from './migrations/015-closed-by.ts';
import { identity016EmailCollisions } from './migrations/016-email-collisions.ts';
import { identity017StopLinks } from './migrations/017-stop-links.ts';
import { OrganizationResolver } from './organization/organization.resolver.ts';
import { PasswordChangeResolver } from './password-change/password-change.resolver.ts';
import { PasswordResetResolver } from './password-reset/password-reset.resolver.ts';
import { permissions } from './permissions.ts';
import { PlatformRoleResolver } from './platform-role/platform-role.resolver.ts';
import { ProfileResolver } from './profile/profile.resolver.ts';
import { reactions } from './reactions.ts';
import { ActorKey } from './key/actor-key.entity.ts';
import { actorKeys } from './key/actor-key.query.ts';
import { ActorKeyResolver, AgentKeysResolver, ServiceKeysResolver } from './key/actor-key.resolver.ts';
import { ServiceResolver } from './service/service.resolver.ts';
import { RefreshToken, Session } from './session/session.entity.ts';
import { sessions } from './session/session.query.ts';
import { SessionResolver } from './session/session.resolver.ts';
import { SessionFieldsResolver, ViewerSessionsResolver } from './session/viewer-sessions.resolver.ts';
import { SigningKey } from './signing/signing-key.entity.ts';
import { SnapshotResolver } from './snapshot/snapshot.resolver.ts';
import { SignUpResolver } from './sign-up/sign-up.resolver.ts';
import { sweepIdentity } from './sweep/sweep.service.ts';
import { Credential } from './user/credential.entity.ts';
import { UserInviteResolver } from './user/user-invite.resolver.ts';
import { UserResolver } from './user/user.resolver.ts';
import { ViewerResolver } from './viewer/viewer.resolver.ts';
import { ViewerType } from './viewer/viewer.type.ts';

export const identity: Subgraph = defineSubgraph({
  name: 'identity',
  title: 'Identity',
  description: 'Who acts: people, organizations, services and agents, who belongs where, and how they sign in.',
  resolvers: [
    ActorResolver,
    AgentOwnerResolver,
    ServiceOwnerResolver,
    AgentResolver,
    AvatarResolver,
    ClosingResolver,
    OrganizationClosingResolver,
    PostalAddressResolver,
    ViewerAddressesResolver,
    OrganizationAddressesResolver,
    MembershipResolver,
    OrganizationMembersResolver,
    OrganizationResolver,
    ProfileResolver,
    ServiceResolver,
    ActorKeyResolver,
    AgentKeysResolver,
    ServiceKeysResolver,
    SessionResolver,
    SessionFieldsResolver,
    ViewerSessionsResolver,
    SnapshotResolver,
    UserResolver,
    ViewerResolver,
    AccountMailResolver,
    EmailResolver,
    EmailCollisionResolver,
    PasswordResetResolver,
    InvitationResolver,
    OrganizationInvitationsResolver,
    ViewerInvitationsResolver,
    UserInviteResolver,
    SignUpResolver,
    PasswordChangeResolver,
    PlatformRoleResolver,
  ],
  // The directory and the list of organizations come first: what is paged is seen as they say, not as references are.
  nouns: [
    directory,
    organizations,
    agents,
    actors,
    memberships,
    actorKeys,
    sessions,
    postalAddresses,
    accountMails,
    invitations,
  ],
  entities: [
    Actor,
    Credential,
    EndedMembership,
    Membership,
    PostalAddress,
    RefreshToken,
    ActorKey,
    Session,
    SigningKey,
    AccountMail,
    Invitation,
    OneTimeLink,
    OpenBusiness,
    UploadedImage,
  ],
  types: [ActorProfileType, UserType, OrganizationType, AgentType, ServiceType, ViewerType],
  references: {
    // A viewer is whoever asks; nobody else's is to be had.
    Viewer: (reference, context) =>
      reference['id'] === context.actor.id ? actors.load(context, context.actor.id) : null,
  },
  permissions,
  facts,
  rightsFacts,
  reactions,
  systemFacts,
  migrations: [
    identity001,
    identity002,
    identity003People,
    identity004SignIn,
    identity005PostalAddresses,
    identity006Mail,
    identity007Closing,
    identity008Rights,
    identity009KeyIssuers,
    identity010OpenBusiness,
    identity011Accounts,
    identity012EndedMemberships,
    identity013NormalTexts,
    identity014NameWords,
    identity015ClosedBy,
    identity016EmailCollisions,
    identity017StopLinks,
  ],
  workers: [accountMailDelivery],
  sweep: sweepIdentity,
});

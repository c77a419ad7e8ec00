import { defineSubgraph, type Subgraph } from '../../platform/subgraph/subgraph.ts';
import { Actor } from './actor/actor.entity.ts';
import { actors, directory, organizations } from './actor/actor.query.ts';
import { ActorResolver, AgentOwnerResolver, ServiceOwnerResolver } from './actor/actor.resolver.ts';
import { ActorProfileType, AgentType, OrganizationType, ServiceType, UserType } from './actor/actor.type.ts';
import { PostalAddress } from './address/postal-address.entity.ts';
import { postalAddresses } from './address/postal-address.query.ts';
import {
  OrganizationAddressesResolver,
  PostalAddressResolver,
  ViewerAddressesResolver,
} from './address/postal-address.resolver.ts';
import { AgentResolver } from './agent/agent.resolver.ts';
import { ClosingResolver } from './closing/closing.resolver.ts';
import { facts, rightsFacts } from './events.ts';
import { Membership } from './membership/membership.entity.ts';
import { memberships } from './membership/membership.query.ts';
import { MembershipResolver } from './membership/membership.resolver.ts';
import { identity001 } from './migrations/001-identity.ts';
import { identity002 } from './migrations/002-indexes.ts';
import { identity003People } from './migrations/003-people.ts';
import { identity004SignIn } from './migrations/004-sign-in.ts';
import { identity005PostalAddresses } from './migrations/005-postal-addresses.ts';
import { OrganizationResolver } from './organization/organization.resolver.ts';
import { permissions } from './permissions.ts';
import { ProfileResolver } from './profile/profile.resolver.ts';
import { reactions } from './reactions.ts';
import { ServiceKey } from './service/service-key.entity.ts';
import { serviceKeys } from './service/service-key.query.ts';
import { ServiceResolver } from './service/service.resolver.ts';
import { RefreshToken, Session } from './session/session.entity.ts';
import { sessions } from './session/session.query.ts';
import { SessionResolver } from './session/session.resolver.ts';
import { SessionFieldsResolver, ViewerSessionsResolver } from './session/viewer-sessions.resolver.ts';
import { SigningKey } from './signing/signing-key.entity.ts';
import { SnapshotResolver } from './snapshot/snapshot.resolver.ts';
import { Credential } from './user/credential.entity.ts';
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
    ClosingResolver,
    PostalAddressResolver,
    ViewerAddressesResolver,
    OrganizationAddressesResolver,
    MembershipResolver,
    OrganizationResolver,
    ProfileResolver,
    ServiceResolver,
    SessionResolver,
    SessionFieldsResolver,
    ViewerSessionsResolver,
    SnapshotResolver,
    UserResolver,
    ViewerResolver,
  ],
  // The directory and the list of organizations come first: what is paged is seen as they say, not as references are.
  nouns: [directory, organizations, actors, memberships, serviceKeys, sessions, postalAddresses],
  entities: [Actor, Credential, Membership, PostalAddress, RefreshToken, ServiceKey, Session, SigningKey],
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
  migrations: [identity001, identity002, identity003People, identity004SignIn, identity005PostalAddresses],
});

/** Roles within an organization, weakest first; each includes those before it. */
export const organizationRoles = ['GUEST', 'VIEWER', 'EDITOR', 'ADMIN', 'OWNER'] as const;
export type OrganizationRole = (typeof organizationRoles)[number];

/** Roles over the whole platform; none includes another. */
export const platformRoles = ['OPERATOR', 'FINANCE_ADMIN', 'SECURITY_ADMIN', 'AUDITOR'] as const;
export type PlatformRole = (typeof platformRoles)[number];

export const actorKinds = ['USER', 'ORGANIZATION', 'AGENT', 'SERVICE', 'ANONYMOUS'] as const;
export type ActorKind = (typeof actorKinds)[number];

/**
 * What the house knows of whoever asks, as identity said it at most five seconds ago. The token says who, identity says what:
 * rights are never read from a token.
 */
export interface ActorSnapshot {
  /** The principal: the one in whose name things happen. `null` when nobody is signed in. */
  id: string | null;
  kind: ActorKind;
  /** Who really acts, when somebody acts on behalf of `id`. Rights are then the intersection of both. */
  delegate: string | null;
  universe: string;
  sessionId: string | null;
  /** At most a hundred; `since` is when the membership began, in milliseconds since 1970. */
  memberships: { organizationId: string; role: OrganizationRole; since?: number | undefined }[];
  /** The person or organization to which the agent or service belongs whose key is used; absent without a key. */
  ownerId?: string | null;
  /**
   * Who made the key that is used, and whether that one belongs to the owner; absent without a key, and for keys of the days when
   * it was not kept.
   */
  issuer?: { id: string; isMember: boolean } | null;
  platformRoles: PlatformRole[];
  /** Permissions to which a key or delegation is limited; `null` is no limit. */
  scopes: string[] | null;
  /** Grows with each change of the actor's rights. */
  rightsVersion: number;
  /** When the token ends, in milliseconds since 1970; `null` for a key without an end. */
  expiresAt: number | null;
}

export const defaultUniverse = 'main';

/** In whose name routers ask an OS themselves: who somebody is, and with which keys tokens are signed. */
export const routerActorId = 'svc_gateway';

/** Whoever sets a house up from its command line: it has no row, so no token and no key can name it. */
export const setupActorId = 'svc_setup';

/** An actor of the house itself, such as the router that asks for rights or the hand that makes the first operator. */
export function houseActor(id: string, platformRoles: ActorSnapshot['platformRoles'] = []): ActorSnapshot {
  return {
    id,
    kind: 'SERVICE',
    delegate: null,
    universe: defaultUniverse,
    sessionId: null,
    memberships: [],
    platformRoles,
    scopes: null,
    rightsVersion: 0,
    expiresAt: null,
  };
}

/** The snapshot of somebody who has not signed in. */
export function anonymous(universe: string = defaultUniverse): ActorSnapshot {
  return {
    id: null,
    kind: 'ANONYMOUS',
    delegate: null,
    universe,
    sessionId: null,
    memberships: [],
    platformRoles: [],
    scopes: null,
    rightsVersion: 0,
    expiresAt: null,
  };
}

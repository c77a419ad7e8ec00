/** Roles within an organization, weakest first; each includes those before it. */
export const organizationRoles = ['GUEST', 'VIEWER', 'EDITOR', 'ADMIN', 'OWNER'] as const;
export type OrganizationRole = (typeof organizationRoles)[number];

/** Roles over the whole platform; none includes another. */
export const platformRoles = ['OPERATOR', 'FINANCE_ADMIN', 'SECURITY_ADMIN', 'AUDITOR'] as const;
export type PlatformRole = (typeof platformRoles)[number];

export const actorKinds = ['USER', 'ORGANIZATION', 'AGENT', 'SERVICE', 'ANONYMOUS'] as const;
export type ActorKind = (typeof actorKinds)[number];

/**
 * The caller as identity described it at most five seconds ago. The token says who, identity says what: rights are never read
 * from a token.
 */
export interface ActorSnapshot {
  /** The principal: the one on whose behalf changes are made. `null` if nobody is signed in. */
  id: string | null;
  kind: ActorKind;
  /** The actual caller, if they act on behalf of `id`. Rights are then the intersection of both. */
  delegate: string | null;
  universe: string;
  sessionId: string | null;
  /** At most a hundred; `since` is when the membership began, in milliseconds since 1970. */
  memberships: { organizationId: string; role: OrganizationRole; since?: number | undefined }[];
  /** The person or organization that owns the agent or service whose key is used; absent without a key. */
  ownerId?: string | null;
  /** The creator of the key in use, and whether they are a member of its owner; absent without a key, and for keys from before this was recorded. */
  issuer?: { id: string; isMember: boolean } | null;
  platformRoles: PlatformRole[];
  /** Permissions to which a key or delegation is limited; `null` means no limit. */
  scopes: string[] | null;
  /** What the token of an issuer outside of this house states; absent for actors of this house, whose tokens state no rights. */
  claims?: Readonly<Record<string, unknown>>;
  /** Increases with each change of the actor's rights. */
  rightsVersion: number;
  /** When the token expires, in milliseconds since 1970; `null` for a key without an expiry. */
  expiresAt: number | null;
}

export const defaultUniverse = 'main';

/** The actor of the routers' own queries to an OS: actor snapshots and signing keys. */
export const routerActorId = 'svc_gateway';

/** The actor of set-up commands: it has no row, so no token or key can name it. */
export const setupActorId = 'svc_setup';

/** An actor of the house itself, such as the router that queries rights or the command that creates the first operator. */
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

/** The snapshot of a caller who has not signed in. */
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

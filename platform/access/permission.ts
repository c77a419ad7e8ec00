import type { ActorSnapshot, OrganizationRole, PlatformRole } from '../context/actor.ts';
import { organizationRoles } from '../context/actor.ts';

/** A permission of an OS, with the roles that hold it by default. */
export interface Permission {
  /** `os.noun.verb`: `assets.asset.create`. */
  name: string;
  /** One sentence for the person who grants it. */
  sentence: string;
  /** The weakest role in the owning organization that holds it; absent if no organization role does. */
  organizationRole?: OrganizationRole;
  /** Platform roles that hold it everywhere. */
  platformRoles?: readonly PlatformRole[];
  /** Whether everybody holds it over what they own. */
  own?: boolean;
}

export type Permissions = Readonly<Record<string, Permission>>;

/** Declares the permissions of an OS: the keys are the names. */
export function definePermissions<const T extends Record<string, Omit<Permission, 'name'>>>(
  permissions: T,
): { readonly [K in keyof T & string]: Permission } {
  const named: Record<string, Permission> = {};
  for (const [name, permission] of Object.entries(permissions)) named[name] = { name, ...permission };
  return named as { readonly [K in keyof T & string]: Permission };
}

/** Whether a membership of role `held` suffices for `wanted`. */
export function roleIncludes(held: OrganizationRole, wanted: OrganizationRole): boolean {
  return organizationRoles.indexOf(held) >= organizationRoles.indexOf(wanted);
}

/**
 * The scope a key needs to see its actor's private data in an OS, and to use the queries and streams for signed-in actors. A key
 * without it sees only what is public there.
 */
export const readScope = (os: string): string => `${os}.read`;
/** The scope a key needs for the mutations of an OS that are open to signed-in actors. */
export const writeScope = (os: string): string => `${os}.write`;

/** Whether the actor's scopes allow this; an actor without a key has no scopes and is not limited. */
export function inScope({ scopes }: ActorSnapshot, scope: string): boolean {
  return scopes === null || scopes.includes(scope);
}

/**
 * Whether the actor holds a permission. With an owner: over what that owner owns. Without: over anything at all, which is
 * what a root field checks before it knows what it will touch.
 */
export function holds(actor: ActorSnapshot, permission: Permission, ownerId?: string | null): boolean {
  if (actor.id === null) return false;
  if (!inScope(actor, permission.name)) return false;
  if (permission.platformRoles?.some((role) => actor.platformRoles.includes(role))) return true;
  if (permission.own && (ownerId === undefined || ownerId === actor.id)) return true;
  const wanted = permission.organizationRole;
  if (!wanted) return false;
  return actor.memberships.some(
    (membership) =>
      (ownerId === undefined || membership.organizationId === ownerId) && roleIncludes(membership.role, wanted),
  );
}

/** The organizations in which the actor has at least this role, for the owner filter of a `visible` rule. */
export function organizationsOf(actor: ActorSnapshot, role: OrganizationRole): string[] {
  return actor.memberships.filter((m) => roleIncludes(m.role, role)).map((m) => m.organizationId);
}

export function isOperator(actor: ActorSnapshot): boolean {
  return actor.platformRoles.includes('OPERATOR');
}
